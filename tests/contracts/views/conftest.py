"""Stores are there already: how they are created is tested elsewhere. Views may be filled before they are rebuilt."""

from __future__ import annotations

import pytest

import footfall
from tests.contracts.views.before_rebuild import EVENTS


@pytest.fixture
def store_is_there() -> bool:
    return True


@pytest.fixture
def filled(engine: footfall.Engine) -> footfall.Engine:
    """An engine whose views hold sixty customers with four visits each."""
    engine.track_many(EVENTS)
    engine.catch_up()
    return engine
