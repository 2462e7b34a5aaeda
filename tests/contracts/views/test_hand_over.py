"""What this process committed goes straight to the views where they stand right before it; however that is interleaved
with others, they hold what the log gives, each event once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.domain.events import CustomerEvent
from footfall.infrastructure.database.database import Transaction
from footfall.infrastructure.log import hand_over
from footfall.infrastructure.log.hand_over import HandOver, Stretch
from footfall.infrastructure.views.projecting import projector
from footfall.infrastructure.views.rebuilding.partition_fill import PartitionFill
from footfall.projections import PAGE_VISITS
from footfall.projections.read_model import Change, Row
from footfall.projections.sessions import Sessions
from tests.contracts.sharing.processes import Worker
from tests.contracts.support import ALICE, BOB, OpenEngine, crowd, execute, named, parts_of, statuses, visit

pytestmark = pytest.mark.databases


@pytest.fixture
def engine(engine: footfall.Engine) -> footfall.Engine:
    """An engine that has folded once, so that it holds what it commits from now on."""
    engine.track_many([visit(named("first"), 0)])
    engine.catch_up()
    return engine


@contextmanager
def unread(engine: footfall.Engine) -> Iterator[None]:
    """Meanwhile the engine's views are not to read the log."""

    def chunk(*_: Any) -> list[Any]:
        raise AssertionError("the log was read")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_of(engine).log.statements, "chunk", chunk)
        yield


def visits(engine: footfall.Engine, customer: UUID = ALICE) -> tuple[int, int, int]:
    """How many visits the views count: rows of their own, in sessions, and in the profile."""
    events = {row.uuid: row.events for row in engine.profiles(fresh=False, limit=None)}
    sessions = engine.sessions(customer, fresh=False)
    return (
        len(engine.page_visits(customer, fresh=False)),
        sum(row.page_visits for row in sessions),
        events.get(str(customer), 0),
    )


def cursors(url: str) -> list[int]:
    return [position for (position,) in execute(url, "SELECT position FROM footfall.checkpoints ORDER BY 1")]


def test_what_was_just_committed_is_not_read_from_the_log(engine: footfall.Engine) -> None:
    for minute in range(3):
        engine.track_many([visit(ALICE, 2 * minute), visit(BOB, minute), visit(ALICE, 2 * minute + 1)])
    with unread(engine):
        assert engine.catch_up()
        assert not engine.catch_up()
    assert visits(engine) == (6, 6, 6)
    engine.track_many([visit(ALICE, 0.5), visit(ALICE, 0), visit(ALICE, 90)])
    engine.charge(ALICE, "o", [{"sku": "tea"}])
    engine.update(ALICE, {"city": "Brno"})
    engine.sweep()
    with unread(engine):
        engine.catch_up()
    assert visits(engine) == (8, 8, 10)


def test_what_was_folded_takes_no_room_from_what_comes_next(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hand_over, "MOST_HELD", 5)
    for turn in range(3):
        engine.track_many([visit(ALICE, 4 * turn + minute) for minute in range(4)])
        with unread(engine):
            assert engine.catch_up()
    assert visits(engine) == (12, 12, 12)


def test_all_that_was_committed_counts_as_folded(engine: footfall.Engine) -> None:
    before = engine.metrics().events_folded
    engine.track_many([visit(ALICE, 0), visit(ALICE, 1)])  # and the start of a session
    assert engine.catch_up() == 3
    assert engine.metrics().events_folded == before + 3
    assert {one.lag for one in engine.status().projections} == {0}


def test_what_others_wrote_in_between_is_read_from_the_log(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str
) -> None:
    other = engine_at(database_url)
    for minute, writer in enumerate([engine, other, engine, engine, other, engine]):
        writer.track_many([visit(ALICE, minute), visit(BOB, minute)])
    engine.catch_up()
    assert visits(engine) == visits(engine, BOB) == (6, 6, 6)


@pytest.mark.parametrize("emptied", [False, True])
def test_a_stretch_that_another_reader_has_begun_is_not_folded_again(
    engine: footfall.Engine,
    engine_at: OpenEngine,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    emptied: bool,
) -> None:
    other, memory = engine_at(database_url), parts_of(engine).log.hand_over
    engine.track_many([visit(ALICE, minute) for minute in range(10)])
    if emptied:  # so that what comes next is the first that is held
        memory.forget()
        memory.after({}, {}, 1)
    engine.track_many([visit(ALICE, minute) for minute in range(10, 30)])
    (held,) = list(memory._stretches.values())[-1:]
    with monkeypatch.context() as patch:
        patch.setattr(projector, "CHUNK", 16)
        next(parts_of(other).views._projector.steps())
    # The cursor stands in the middle of what is held.
    assert any(held[-1].begin < position < held[-1].reached for position in cursors(database_url))
    engine.catch_up()
    assert visits(engine) == (30, 30, 30)


def test_where_views_stand_apart_none_is_given_what_it_has_seen(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    assert list(parts_of(engine).views._projector.steps([PAGE_VISITS]))
    engine.track_many([visit(ALICE, 1)])
    engine.catch_up()
    assert visits(engine) == (2, 2, 2)


def test_what_could_not_be_written_is_folded_again(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    commit, breaks = Transaction._commit, iter([True])

    def broken(transaction: Transaction, driver: Any) -> None:
        if next(breaks, False):
            raise footfall.StoreUnavailable("it breaks before it commits")
        commit(transaction, driver)

    engine.track_many([visit(ALICE, 0), visit(ALICE, 1)])
    with unread(engine), monkeypatch.context() as patch:
        patch.setattr(Transaction, "_commit", broken)
        engine.catch_up()
    assert visits(engine) == (2, 2, 2)


def tampered(stretches: dict[int, list[Stretch]]) -> dict[int, list[Stretch]]:
    """The same without what was written to one stream."""
    for own in stretches.values():
        for stretch in own:
            assert isinstance(stretch.streams, list)
            stretch.streams.pop()
    return stretches


@pytest.mark.spoils
def test_verify_and_rebuild_read_the_log(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.track_many([visit(ALICE, 0)])
    after = HandOver.after
    with monkeypatch.context() as patch:
        patch.setattr(HandOver, "after", lambda *asked: tampered(after(*asked)))
        engine.catch_up()
        assert visits(engine) == (0, 0, 0)
        assert not engine.verify().ok
        fill = PartitionFill.fill

        def fill_and_go_on(self: PartitionFill, *given: Any, **options: Any) -> None:
            fill(self, *given, **options)
            engine.track_many([visit(ALICE, 1)])

        patch.setattr(PartitionFill, "fill", fill_and_go_on)
        engine.rebuild()
        assert visits(engine) == (2, 2, 2)
    assert engine.verify().ok


def break_sessions(patch: pytest.MonkeyPatch) -> None:
    whole = Sessions.fold

    def fold(self: Sessions, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        if customer == ALICE:
            raise ValueError("this fold is broken")
        return whole(self, customer, rows, events)

    patch.setattr(Sessions, "fold", fold)


def test_customers_are_parked_at_the_row_where_their_events_begin(
    engine: footfall.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.track_many([visit(BOB, 0), visit(ALICE, 0)])
    engine.track_many([visit(BOB, 10), visit(ALICE, 10)])
    with monkeypatch.context() as patch, unread(engine):
        break_sessions(patch)
        engine.catch_up()
    rows = execute(database_url, "SELECT position FROM footfall.log WHERE topic = 'session.start' ORDER BY position")
    (parked,) = engine.status().parked
    assert parked.position == rows[2][0]  # after the first visit of all, and Bob's
    engine.track_many([visit(ALICE, 20)])
    with unread(engine):
        engine.catch_up()
    assert visits(engine) == (3, 0, 3)
    assert [healed for _, healed in engine.redrive_parked()] == [True]
    assert visits(engine) == (3, 3, 3)


def test_threads_that_write_end_sessions_and_fold_at_once_lose_and_double_nothing(engine: footfall.Engine) -> None:
    over = Event()

    def until_over(work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            while not over.is_set():
                work()

        return run

    folding = [Thread(target=until_over(work)) for work in (engine.catch_up, engine.sweep)]
    events = crowd(20, visits=30)
    writing = [Thread(target=_write, args=(engine, events[n::3])) for n in range(3)]
    for thread in (*folding, *writing):
        thread.start()
    for thread in writing:
        thread.join()
    over.set()
    for thread in folding:
        thread.join()
    engine.catch_up()
    assert visits(engine, named("customer 7")) == (30, 30, 30)


def _write(engine: footfall.Engine, events: Sequence[Mapping[str, Any]]) -> None:
    for first in range(0, len(events), 10):
        assert set(statuses(engine.track_many(events[first : first + 10]))) == {"accepted"}


def test_tasks_that_write_and_fold_at_once_lose_and_double_nothing(engine: footfall.Engine) -> None:
    async def shop() -> None:
        asynchronous = footfall.AsyncEngine(engine)

        async def write(customer: UUID) -> None:
            for minute in range(15):
                await asynchronous.track_many([visit(customer, minute)])
                await asynchronous.catch_up()

        await asyncio.gather(*map(write, (ALICE, BOB)))

    asyncio.run(shop())
    assert visits(engine) == visits(engine, BOB) == (15, 15, 15)


def test_processes_that_write_and_fold_at_once_lose_and_double_nothing(
    engine: footfall.Engine, database_url: str
) -> None:
    with Worker("project", database_url, "40") as worker:
        assert worker.line() == "ready"
        events = crowd(20, visits=20)
        for n in range(20):
            engine.track_many(events[20 * n : 20 * n + 20])
            if n == 5:
                worker.go()
            if n % 3 == 0:
                engine.catch_up()
        worker.process.communicate()
    engine.catch_up()
    assert visits(engine, named("customer 7")) == (20, 20, 20)
