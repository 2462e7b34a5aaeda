"""kill -9 of a rebuild: readers see the whole old view all the while, and a new start finishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall.infrastructure.log import scans
from footfall.infrastructure.views.projecting import projector
from footfall.infrastructure.views.tables import Slot
from footfall.projections import READ_MODELS

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected_views import rebuilt_in_place
from ...made_up.writers import Taking, as_sent, made_up
from ...watch.checker import check_store
from ...watch.plain_sql import is_sqlite, query

EVENTS = 600
_TABLES = {
    True: "SELECT substr(name, 10) FROM sqlite_master WHERE type = 'table' AND name LIKE 'footfall_%'",
    False: "SELECT tablename FROM pg_tables WHERE schemaname = 'footfall'",
}


def rebuild(say: Callable[[Any], None], url: str, taken_away: Taking | None) -> None:
    """Rebuild every view, again and again, a few rows at a time."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    scans.CHUNK = projector.CHUNK = 50
    with footfall.open(url) as engine:
        say("ready")
        while True:
            engine.rebuild()


def kill_rebuilds(torture: Torture, url: str, cycles: int, taken_away: Taking | None) -> None:
    """A rebuild that is killed, with a look at the views while it is at work and after it is gone."""
    with footfall.open(url, partitions=4) as engine:
        engine.track_many(map(as_sent, made_up(torture.rng, EVENTS, 60)))
        engine.catch_up()
        whole = _counts(url)
        for _ in range(cycles):
            with Child(rebuild, url, taken_away) as child:
                assert child.hear() == "ready"
                while torture.rng.random() < 0.9:
                    _look(torture, url, whole)
                torture.tally.cycles += child.kill(after=torture.rng.random() * 0.05)
            _look(torture, url, whole)
        engine.rebuild()
    check_store(url, torture.tally)
    left = {name for (name,) in query(url, _TABLES[is_sqlite(url)])} & {
        model.name + slot for model in READ_MODELS for slot in Slot if slot is not Slot.LIVE
    }
    if left:
        torture.tally.differs(f"tables are left over: {sorted(left)}")


def _look(torture: Torture, url: str, whole: dict[str, int]) -> None:
    seen = _counts(url)
    if seen != whole:
        torture.tally.differs(f"readers saw {seen} instead of {whole}")


def _counts(url: str) -> dict[str, int]:
    return {model.name: query(url, f"SELECT count(*) FROM footfall.{model.name}")[0][0] for model in READ_MODELS}


def test_the_old_view_serves(torture: Torture, database_url: str) -> None:
    cycles = torture.scaled(50, short=6)
    torture.endure(lambda without: kill_rebuilds(torture, database_url, cycles, without), rebuilt_in_place)


def test_control_the_live_table_refilled_in_place(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: kill_rebuilds(torture, database_url, 3, without), rebuilt_in_place)
