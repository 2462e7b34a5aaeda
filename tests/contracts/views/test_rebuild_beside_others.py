"""While a view is rebuilt others read, write, rebuild or are killed: readers see all rows."""

from __future__ import annotations

from threading import Thread

import pytest
import sqlalchemy as sa

import footfall
from footfall.infrastructure.views.queries import answer
from footfall.projections.totals import Totals
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.support import ALICE, OpenEngine, parts_of, shown_by, visit
from tests.contracts.views.before_rebuild import EVENTS, VIEWS

CHUNK = "40"


def test_readers_see_all_rows_while_a_view_is_rebuilt(filled: footfall.Engine, database_url: str) -> None:
    before = shown_by(filled)
    with Worker("rebuild", database_url, CHUNK, "4") as worker:
        assert worker.line() == "ready"
        worker.go()
        while worker.process.poll() is None:
            assert shown_by(filled) == before
        assert worker.answer() == 4
    assert shown_by(filled) == before
    assert filled.verify().ok


def test_a_read_that_began_before_a_swap_sees_all_rows_after_it(
    filled: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    rebuild = Thread(target=engine_at(database_url).rebuild, args=["page_visits"])
    before = filled.stats(fresh=False)
    with parts_of(filled).views_database.read(Totals.together) as connection:
        connection.execute(sa.text("SELECT count(*) FROM footfall.profiles"))
        rebuild.start()
        # It either ends, or waits until this read does.
        rebuild.join(timeout=2)
        assert answer(Totals(), connection) == before
    rebuild.join()
    assert filled.stats(fresh=False) == before


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
    before = shown_by(filled)
    assert together(*(Worker("rebuild", database_url, CHUNK, "2") for _ in range(3))) == [2, 2, 2]
    assert shown_by(filled) == before
    assert filled.verify().ok


@pytest.mark.parametrize("transactions", [1, 4, 9])
def test_a_rebuild_that_was_killed_does_no_harm_and_can_be_started_again(
    filled: footfall.Engine, database_url: str, transactions: int
) -> None:
    before = shown_by(filled)
    with Worker("rebuild", database_url, CHUNK, "1000000") as worker:
        assert worker.line() == "ready"
        worker.go()
        assert all(int(worker.line()) > 0 for _ in range(transactions))
        worker.process.kill()
    assert shown_by(filled) == before
    assert filled.verify().ok
    filled.track_many([visit(ALICE, 0)])
    assert filled.rebuild() == VIEWS
    assert filled.stats(fresh=False).page_visits == len(EVENTS) + 1
    assert filled.verify().ok
