"""Stores are there already: how they are created is tested elsewhere."""

from __future__ import annotations

import pytest


@pytest.fixture
def store_is_there() -> bool:
    return True
