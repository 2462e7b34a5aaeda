"""Stores that are there already, as those of a host that starts again."""

import pytest


@pytest.fixture
def store_is_there() -> bool:
    """Whether a fresh database holds an empty store already."""
    return True
