"""A host's projections follow customers' events with the library's own classes: none passed over, none twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import NotSupportedError, OperationalError
from eventsourcing.projection import EventSourcedProjectionRunner, ProjectionRunner

from footfall.application.ports.errors import UnreadableEvent
from footfall.application.reading import subscription
from footfall.eventsourcing import CustomerEvents, FootfallFactory
from footfall.infrastructure.log import numbered
from footfall.infrastructure.log.dialects.postgres import PostgresLog
from footfall.infrastructure.log.event_log import EventLog
from tests.contracts.eventsourcing import program
from tests.contracts.eventsourcing.hosts import (
    Coupon,
    Remembered,
    RememberedEvents,
    Seen,
    SeenEnds,
    SeenEvents,
    Tallies,
    environment,
)
from tests.contracts.log.streams import activity, append, appends, recorded, write
from tests.contracts.support import ALICE, BOB, OpenEngine, crowd, execute, named, visit

PATIENCE_SECONDS = 60.0
ZERO, ONE = UUID(int=0), UUID(int=1)
"""Customers of two partitions."""


@contextmanager
def following(url: str, projection: type[SeenEvents] = SeenEvents) -> Iterator[Any]:
    """The library's runner over customers' events, with a view in a table."""
    with ProjectionRunner(
        application_class=CustomerEvents, projection_class=projection, view_class=Seen, env=environment(url)
    ) as runner:
        yield runner


def caught_up(runner: Any) -> list[tuple[str, int]]:
    """What was seen once everything that is there by now was worked through."""
    runner.wait(runner.app.recorder.max_notification_id(), timeout=PATIENCE_SECONDS)
    seen: list[tuple[str, int]] = runner.projection.view.all()
    return seen


def stored(url: str) -> list[tuple[str, int]]:
    """Every event of customers in the log."""
    rows = execute(url, "SELECT customer, version FROM footfall.log WHERE partition >= 0")
    return sorted((str(who if isinstance(who, UUID) else UUID(bytes=who)), version) for who, version in rows)


def numbers(app: CustomerEvents, after: int = 0) -> list[int]:
    """The numbers of the events after one."""
    return [one.id for one in app.recorder.select_notifications(after, 1000, inclusive_of_start=False)]


@pytest.fixture
def factory(database_url: str) -> Iterator[FootfallFactory]:
    """A factory for a fresh store."""
    with closing(FootfallFactory(environment(database_url))) as opened:
        yield opened


@pytest.fixture
def customers(database_url: str) -> Iterator[CustomerEvents]:
    """The customers of a fresh store."""
    with CustomerEvents(environment(database_url)) as app:
        yield app


def test_every_event_of_every_customer_is_seen_once(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    engine.track_many(crowd(10))
    with following(database_url) as runner:
        assert caught_up(runner) == stored(database_url)
        engine.update(ALICE, {"newsletter": True})
        engine.track_many(crowd(20))
        seen = caught_up(runner)
    assert seen == stored(database_url)
    assert (str(ALICE), 1) in seen


def test_a_projection_goes_on_where_it_was_left(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    engine.track_many(crowd(5))
    with following(database_url) as runner:
        before = caught_up(runner)
    engine.track_many(crowd(10))
    with following(database_url) as runner:
        after = caught_up(runner)
    assert set(before) < set(after)
    assert after == stored(database_url)


def test_a_projection_of_some_topics_sees_those_alone(
    engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbered, "_WINDOW_OF_TOPICS", 3)
    engine = engine_at(database_url)
    engine.track_many(crowd(20))
    assert engine.sweep() == 20
    with following(database_url, SeenEnds) as runner:
        assert len(caught_up(runner)) == 20
    ends = execute(database_url, "SELECT count(*) FROM footfall.log WHERE topic = 'session.end'")
    assert ends == [(20,)]


def test_events_are_read_some_at_a_time(
    engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bound, value in (("PAGE", 3), ("_WINDOW", 7), ("_WINDOW_OF_TOPICS", 7)):
        monkeypatch.setattr(numbered, bound, value)
    engine_at(database_url).track_many(crowd(20))
    with following(database_url) as runner:
        assert caught_up(runner) == stored(database_url)
        every = numbers(runner.app)
        assert len(every) == len(stored(database_url))
        assert every == sorted(set(every))
        starts = runner.app.recorder.select_notifications(None, 100, topics=["session.start"])
    assert len(starts) == 20


def test_an_event_sourced_projection_makes_aggregates_of_customers_events(
    engine_at: OpenEngine, database_url: str
) -> None:
    engine = engine_at(database_url)
    engine.track_many([visit(ALICE, minute) for minute in range(5)] + [visit(BOB, 0)])
    with EventSourcedProjectionRunner(
        application_class=CustomerEvents, projection_class=Tallies, env=environment(database_url)
    ) as runner:
        runner.wait(runner.app.recorder.max_notification_id(), timeout=PATIENCE_SECONDS)
        assert (runner.projection.seen(ALICE), runner.projection.seen(BOB)) == (6, 2)
    assert engine.verify().ok


def seen_beside_four_writers(url: str) -> list[tuple[str, int]]:
    """What a projection saw that followed all the time while four processes wrote, each in a partition of its own."""
    # The view is in memory: a commit for each event would let the writers be done before it has seen much.
    with ExitStack() as started:
        runner: Any = started.enter_context(
            ProjectionRunner(
                application_class=CustomerEvents,
                projection_class=RememberedEvents,
                view_class=Remembered,
                env={**environment(url), "PERSISTENCE_MODULE": "eventsourcing.popo"},
            )
        )
        writers = [started.enter_context(program.start("write", url, str(n))) for n in range(program.WRITERS)]
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        assert [writer.wait() for writer in writers] == [0] * program.WRITERS
        runner.wait(runner.app.recorder.max_notification_id(), timeout=PATIENCE_SECONDS)
        seen: list[tuple[str, int]] = runner.projection.view.seen
    return sorted(seen)


def last_position(statements: PostgresLog, raw: Any, known: int) -> int:
    """What a follower would take for settled that knows of no writers."""
    return max(known, *statements.heads(raw).values())


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a follower look at the log all the time, so that it looks while writers are in the midst of it."""
    monkeypatch.setattr(subscription, "BUSY_SECONDS", 0.001)
    monkeypatch.setattr(numbered, "IDLE_SECONDS", 0.001)


@pytest.mark.usefixtures("restless")
def test_four_processes_write_while_a_projection_follows(engine_at: OpenEngine, postgres_url: str) -> None:
    engine_at(postgres_url)
    seen = seen_beside_four_writers(postgres_url)
    assert seen == stored(postgres_url)
    assert len(seen) > program.WRITERS * program.BATCHES * program.CUSTOMERS


@pytest.mark.usefixtures("restless")
def test_a_projection_that_does_not_wait_for_writers_passes_events_over(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_at(postgres_url)
    monkeypatch.setattr(PostgresLog, "settled", last_position)
    seen = seen_beside_four_writers(postgres_url)
    assert set(seen) < set(stored(postgres_url))


@contextmanager
def late_writer(log: EventLog, late: UUID = ZERO) -> Iterator[None]:
    """A writer that has its positions and commits on leaving; meanwhile another one, after it, has committed."""
    with log.transaction([late]) as first:
        write(first, appends(recorded(late, [activity("slow", 0)])))
        append(log, *recorded(ONE, [activity("fast", 0)]))
        yield


@pytest.fixture
def log(event_log_at: Callable[[str], EventLog], postgres_url: str) -> EventLog:
    """A log of four partitions."""
    return event_log_at(postgres_url)


@pytest.fixture
def follower(postgres_url: str) -> Iterator[CustomerEvents]:
    """The customers of that log, for a reader that waits for writers as long as it takes."""
    with CustomerEvents({**environment(postgres_url), "FOOTFALL_LOCK_TIMEOUT": "60s"}) as app:
        yield app


def until_it_waits(reading: Future[Any], url: str) -> None:
    """Wait until a reader waits for a writer."""
    while not execute(url, "SELECT 1 FROM pg_locks WHERE mode = 'ShareLock' AND NOT granted"):
        assert not reading.done()


def test_what_commits_out_of_order_is_waited_for(log: EventLog, follower: CustomerEvents, postgres_url: str) -> None:
    with ThreadPoolExecutor() as pool:
        with late_writer(log):
            reading = pool.submit(numbers, follower)
            until_it_waits(reading, postgres_url)
        assert reading.result() == [1, 2, 3, 4]


def test_without_waiting_for_writers_an_event_is_passed_over(
    log: EventLog, follower: CustomerEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgresLog, "settled", last_position)
    with late_writer(log):
        seen = numbers(follower)
    assert seen == [3, 4]
    assert numbers(follower, after=seen[-1]) == []
    assert numbers(follower) == [1, 2, 3, 4]


def test_a_reader_that_waits_for_a_writer_keeps_no_other_writer_waiting(
    log: EventLog, follower: CustomerEvents, postgres_url: str
) -> None:
    with ThreadPoolExecutor() as pool:
        with late_writer(log, UUID(int=3)):
            reading = pool.submit(numbers, follower)
            until_it_waits(reading, postgres_url)
            append(log, *(one for n in (0, 2) for one in recorded(UUID(int=n), [activity("other", 0)])))
            assert not reading.done()
        assert reading.result()[:4] == [1, 2, 3, 4]


def test_a_reader_that_waited_too_long_says_so(log: EventLog, postgres_url: str) -> None:
    impatient = {**environment(postgres_url), "FOOTFALL_LOCK_TIMEOUT": "1s"}
    refused = pytest.raises(OperationalError, match="held by another process")
    with CustomerEvents(impatient) as app, late_writer(log), refused:
        numbers(app)


def test_a_follower_that_is_killed_goes_on_and_sees_everything_once(
    engine_at: OpenEngine, factory: FootfallFactory, database_url: str
) -> None:
    engine = engine_at(database_url)
    engine.track_many(crowd(5))
    view: Any = factory.tracking_recorder(Seen)
    for start in range(3):
        engine.track_many([visit(named(f"{start} {n}"), 0) for n in range(60)])
        before = view.all()
        with program.start("follow", database_url) as follower:
            assert follower.stdout is not None
            assert follower.stdout.readline() == "following\n"
            while view.all() == before:
                assert follower.poll() is None
            follower.kill()
    with following(database_url) as runner:
        assert caught_up(runner) == stored(database_url)


def test_customers_events_are_not_written_through_the_library(
    customers: CustomerEvents, engine_at: OpenEngine, database_url: str
) -> None:
    engine = engine_at(database_url)
    engine.track_many(crowd(3))
    before = stored(database_url)
    event = next(customers.events.get(named("customer 1")))
    with pytest.raises(NotSupportedError, match="engine alone"):
        customers.save(Coupon("somebody"))
    with pytest.raises(NotSupportedError, match="engine alone"):
        customers.events.put([event])
    with pytest.raises(NotSupportedError, match="engine alone"):
        customers.recorder.insert_events(customers.recorder.select_events(named("customer 1")))
    assert stored(database_url) == before
    assert engine.verify().ok


def test_a_customers_stream_is_read_in_the_librarys_words(
    customers: CustomerEvents, engine_at: OpenEngine, database_url: str
) -> None:
    engine_at(database_url).track_many([visit(ALICE, 0), visit(ALICE, 1)])
    events: list[Any] = list(customers.events.get(ALICE))
    assert [(one.originator_id, one.originator_version) for one in events] == [(ALICE, n) for n in (1, 2, 3)]
    assert [one.event.action for one in events] == ["session.start", "page.visit", "page.visit"]
    assert [one.originator_version for one in customers.events.get(ALICE, gt=1, desc=True, limit=1)] == [3]
    assert [one.originator_version for one in customers.events.get(ALICE, lte=1)] == [1]
    assert list(customers.events.get(BOB)) == []
    assert [one.originator_version for one in customers.notification_log["1,10"].items] == [1, 2, 3]


def test_an_event_that_nobody_can_read_stops_a_projection_loudly(engine_at: OpenEngine, database_url: str) -> None:
    engine_at(database_url).track_many([visit(ALICE, 0)])
    execute(database_url, "UPDATE footfall.log SET topic = 'nobody_knows' WHERE partition >= 0 AND version = 2")
    with pytest.raises(UnreadableEvent, match="nobody_knows"), following(database_url) as runner:
        runner.run_forever(PATIENCE_SECONDS)


def test_an_empty_store_has_no_last_event(customers: CustomerEvents) -> None:
    assert customers.recorder.max_notification_id() is None
    assert numbers(customers) == []
