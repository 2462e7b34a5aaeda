"""kill -9 of processes that fold the log into the views: the next one catches up exactly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall.infrastructure.views.projecting import projector

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected_views import cursors_ahead
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check_store
from ...watch.views import catch_up

EVENTS = 120


def fold(say: Callable[[Any], None], url: str, taken_away: Taking | None) -> None:
    """Bring the views up to date, a few events to a transaction."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    projector.CHUNK = 8
    with footfall.open(url) as engine:
        say("ready")
        engine.catch_up()


def kill_projectors(torture: Torture, url: str, cycles: int, taken_away: Taking | None) -> None:
    """New events for each cycle, and a projector that is killed at them."""
    with footfall.open(url, partitions=4) as engine:
        for _ in range(cycles):
            engine.track_many(map(as_sent, made_up(torture.rng, EVENTS, 30)))
            with Child(fold, url, taken_away) as child:
                assert child.hear() == "ready"
                torture.tally.cycles += child.kill(after=torture.rng.random() * 0.06)
    catch_up(url, torture.tally)
    check_store(url, torture.tally)


def test_the_views_are_exact(torture: Torture, database_url: str) -> None:
    cycles = torture.scaled(200, short=12)
    torture.endure(lambda without: kill_projectors(torture, database_url, cycles, without), cursors_ahead)
    with footfall.open(database_url) as engine:
        assert engine.verify().ok


def test_control_cursors_committed_apart_from_their_rows(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: kill_projectors(torture, database_url, 6, without), cursors_ahead)
