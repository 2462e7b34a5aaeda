"""Views are rebuilt while events come in: the new view is what the old one would have become."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected_views import swapped_unfinished
from ...made_up.writers import Taking, write
from ...watch.checker import check
from ...watch.plain_sql import query
from ...watch.views import catch_up

VIEWS = {
    "page_visits": "event_id, uuid, time, url",
    "sessions": "session_id, uuid, started_at, last_activity_at, deadline, activities, page_visits",
    "profiles": "uuid, first_seen, last_seen, events",
}


def rebuild(torture: Torture, url: str, times: int, taken_away: Taking | None) -> None:
    """Rebuild one view or all again and again, under two writers; then once more, with nothing coming in."""
    footfall.open(url, partitions=4).close()
    journals = [torture.folder / f"{torture.tally.cycles}-{number}.journal" for number in range(2)]
    with ExitStack() as running, pytest.MonkeyPatch.context() as patch, footfall.open(url) as engine:
        if taken_away is not None:
            taken_away(patch)
        for path in journals:
            running.enter_context(Child(write, url, path, torture.rng.randrange(10**9), 20, 50)).hear()
        for _ in range(times):
            engine.rebuild(torture.rng.choice([None, *VIEWS]))
            torture.tally.cycles += 1
    catch_up(url, torture.tally)
    check(url, journals, torture.tally)
    live = _rows(url)
    with footfall.open(url) as engine:
        engine.rebuild()
    for name, rows in _rows(url).items():
        if rows != live[name]:
            torture.tally.differs(f"{name} as rebuilt differs from {name} as kept")


def _rows(url: str) -> dict[str, set[tuple[Any, ...]]]:
    return {name: set(query(url, f"SELECT {columns} FROM footfall.{name}")) for name, columns in VIEWS.items()}


def test_the_new_view_is_the_old_one(torture: Torture, database_url: str) -> None:
    times = torture.scaled(50, short=4)
    torture.endure(lambda without: rebuild(torture, database_url, times, without), swapped_unfinished)


def test_control_a_copy_put_in_place_unfinished(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: rebuild(torture, database_url, 3, without), swapped_unfinished)
