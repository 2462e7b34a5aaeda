"""A rebuild fills a view beside the one that is read: readers see all rows, a kill does no harm."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

import footfall
from footfall.infrastructure import view_queries
from footfall.infrastructure.views import DatabaseViews, UnknownView
from tests.contracts.processes import Worker, together
from tests.contracts.support import ALICE, OpenEngine, columns_of, crowd, named, visit

VIEWS = ["page_visits", "sessions", "profiles"]
EVENTS = crowd(60, visits=4)
CHUNK = "40"


@pytest.fixture
def filled(engine: footfall.Engine) -> footfall.Engine:
    """An engine whose views hold sixty customers with four visits each."""
    engine.track_many(EVENTS)
    engine.catch_up()
    return engine


def rows(engine: footfall.Engine) -> dict[str, Any]:
    """What readers see, without catching up."""
    return {
        "stats": engine.stats(fresh=False),
        "pages": engine.pages(fresh=False),
        "profiles": engine.profiles(fresh=False, limit=None),
        "visits": engine.page_visits(named("customer 7"), fresh=False),
        "sessions": engine.sessions(named("customer 7"), fresh=False),
    }


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_that_is_rebuilt_has_the_same_rows(filled: footfall.Engine, view: str) -> None:
    before = rows(filled)
    assert filled.rebuild(view) == [view]
    assert rows(filled) == before
    assert filled.verify().ok


def test_all_views_are_rebuilt_and_go_on_following(filled: footfall.Engine) -> None:
    taken: list[int] = []
    assert filled.rebuild(progress=taken.append) == VIEWS
    assert sum(taken) == 3 * (len(EVENTS) + len(filled.profiles(limit=None)))
    filled.track_many([visit(ALICE, 0)])
    assert filled.stats(fresh=True).page_visits == len(EVENTS) + 1
    assert filled.verify().ok


def test_a_rebuild_takes_in_what_a_view_had_not_seen(filled: footfall.Engine) -> None:
    filled.track_many([visit(ALICE, 0)])
    filled.rebuild("page_visits")
    assert len(filled.page_visits(ALICE, fresh=False)) == 1
    assert filled.verify().ok


def test_a_view_that_is_not_there_cannot_be_rebuilt(filled: footfall.Engine) -> None:
    with pytest.raises(UnknownView, match=r"no view 'visits'.*page_visits"):
        filled.rebuild("visits")


def test_a_rebuild_leaves_no_table_behind(filled: footfall.Engine, database_url: str) -> None:
    before = columns_of(database_url)
    filled.rebuild()
    assert columns_of(database_url) == before


def test_a_clock_that_stands_still_stops_no_rebuild(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url, clock=lambda: 1_800_000_000_000_000)
    engine.track_many([visit(ALICE, 0)])
    assert engine.rebuild() == engine.rebuild() == VIEWS
    assert engine.verify().ok


def test_readers_see_all_rows_while_a_view_is_rebuilt(filled: footfall.Engine, database_url: str) -> None:
    before = rows(filled)
    with Worker("rebuild", database_url, CHUNK, "4") as worker:
        assert worker.line() == "ready"
        worker.go()
        while worker.process.poll() is None:
            assert rows(filled) == before
        assert worker.answer() == 4
    assert rows(filled) == before
    assert filled.verify().ok


def test_a_read_that_began_before_a_swap_sees_all_rows_after_it(
    filled: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    views = filled._parts.views
    assert isinstance(views, DatabaseViews)
    rebuild = Thread(target=engine_at(database_url).rebuild, args=["page_visits"])

    def read(connection: Connection) -> dict[str, int]:
        connection.execute(sa.text("SELECT count(*) FROM profiles"))
        rebuild.start()
        # It either ends, or waits until this read does.
        rebuild.join(timeout=2)
        return view_queries.totals(connection)

    before = views._read(False, view_queries.totals)
    assert views._read(False, read) == before
    rebuild.join()
    assert views._read(False, view_queries.totals) == before


def test_events_go_on_coming_in_while_a_view_is_rebuilt(filled: footfall.Engine, database_url: str) -> None:
    sent = 0
    with Worker("rebuild", database_url, "8000", "12") as worker:
        assert worker.line() == "ready"
        worker.go()
        while worker.process.poll() is None:
            filled.track_many([visit(ALICE, sent)])
            sent += 1
            assert filled.stats(fresh=True).page_visits == len(EVENTS) + sent
        assert worker.answer() == 12
    assert filled.verify().ok


def test_processes_that_rebuild_the_same_view_at_once_do_no_harm(filled: footfall.Engine, database_url: str) -> None:
    before = rows(filled)
    assert together(*(Worker("rebuild", database_url, CHUNK, "2") for _ in range(3))) == [2, 2, 2]
    assert rows(filled) == before
    assert filled.verify().ok


@pytest.mark.parametrize("transactions", [1, 4, 9])
def test_a_rebuild_that_was_killed_does_no_harm_and_can_be_started_again(
    filled: footfall.Engine, database_url: str, transactions: int
) -> None:
    before = rows(filled)
    with Worker("rebuild", database_url, CHUNK, "1000000") as worker:
        assert worker.line() == "ready"
        worker.go()
        assert all(int(worker.line()) > 0 for _ in range(transactions))
        worker.process.kill()
    assert rows(filled) == before
    assert filled.verify().ok
    filled.track_many([visit(ALICE, 0)])
    assert filled.rebuild() == VIEWS
    assert filled.stats(fresh=False).page_visits == len(EVENTS) + 1
    assert filled.verify().ok
