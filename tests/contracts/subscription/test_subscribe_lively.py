"""Subscriptions while others write, and how they come to their end."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

import footfall
from tests.contracts.log.test_concurrent_writers import share_of, write
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.subscription.following import Follower, by_customer, so_far, streams
from tests.contracts.support import ALICE, BOB, OpenEngine, crowd, visit

PROCESSES = 3


def test_events_that_another_process_writes_arrive(engine: footfall.Engine, database_url: str, tmp_path: Path) -> None:
    events = [visit(ALICE, 0), visit(BOB, 0)]
    with Follower(engine.subscribe({"page.visit"})) as follower:
        together(Worker("track", database_url, write(tmp_path / "events.json", events)))
        told = {event.uuid: event.event_id for event in follower.take(2)}
    assert told == {str(event["uuid"]): str(event["event_id"]) for event in events}


def test_sessions_that_another_process_ends_arrive(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(30))
    with Follower(engine.subscribe({"session.end"})) as follower:
        assert together(Worker("sweep", database_url, "5")) == [30]
        told = follower.take(30)
    assert len(by_customer(told)) == 30


def test_while_processes_write_nothing_is_missed_and_nothing_comes_twice_or_out_of_order(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    files = [write(tmp_path / f"{n}.json", share_of(n)) for n in range(PROCESSES)]
    with Follower(engine.subscribe()) as follower:
        answers = together(*(Worker("track", database_url, file) for file in files))
        assert [Counter(answer) for answer in answers] == [Counter(accepted=400)] * PROCESSES
        stored = streams(database_url)
        assert by_customer(follower.take(sum(map(len, stored.values())))) == stored
    assert follower.left_over() == []


def test_a_reader_that_goes_on_from_cursors_while_processes_write_misses_nothing(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    events, cursor = [], "start"
    with ExitStack() as running:
        files = [write(tmp_path / f"{n}.json", share_of(n)) for n in range(PROCESSES)]
        workers = [running.enter_context(Worker("track", database_url, file)) for file in files]
        assert [worker.line() for worker in workers] == ["ready"] * PROCESSES
        for worker in workers:
            worker.go()
        while any(worker.process.poll() is None for worker in workers) or so_far(engine, cursor):
            events += so_far(engine, cursor)
            cursor = events[-1].cursor if events else cursor
    assert by_customer(events) == streams(database_url)


def test_closing_from_another_thread_ends_the_iteration(engine: footfall.Engine) -> None:
    follower = Follower(engine.subscribe())
    engine.track_many([visit(ALICE, 0)])
    assert len(follower.take(2)) == 2
    follower.subscription.close()
    assert follower.ends()
    assert follower.left_over() == []


def test_closing_before_the_first_event_ends_the_iteration(engine: footfall.Engine) -> None:
    with Follower(engine.subscribe()) as follower:
        pass
    assert follower.left_over() == []


def test_a_closed_subscription_delivers_no_more(engine: footfall.Engine) -> None:
    engine.track_many(crowd(10))
    with engine.subscribe(after="start") as events:
        assert next(events)
    assert list(events) == []
    events.close()


def test_closing_one_leaves_the_others(engine: footfall.Engine) -> None:
    with Follower(engine.subscribe()) as other:
        engine.subscribe().close()
        engine.track_many([visit(ALICE, 0)])
        assert len(other.take(2)) == 2


def test_closing_the_engine_ends_its_subscriptions(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    followers = [Follower(engine.subscribe()) for _ in range(3)]
    engine.track_many(crowd(5))
    for follower in followers:
        assert len(follower.take(20)) == 20
    engine.close()
    assert [follower.ends() for follower in followers] == [True] * 3


def test_whoever_iterates_may_close_the_engine(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    engine.track_many(crowd(5))
    told = []
    for event in engine.subscribe(after="start"):
        told.append(event)
        engine.close()
    assert len(told) == 1


@pytest.mark.databases
def test_background_jobs_tell_a_subscription_of_ended_sessions(engine: footfall.Engine) -> None:
    engine.track_many(crowd(10))
    with Follower(engine.subscribe({"session.end"}, after="start")) as follower:
        engine.start()
        assert len(by_customer(follower.take(10))) == 10
    engine.stop()
