"""Processes that project share the partitions: each is one process's at a time, and nobody's whose process is gone."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from threading import Thread

import pytest

import footfall
from footfall.projections import PAGE_VISITS, PROFILES
from tests.contracts.sharing.processes import Worker
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, OpenEngine, crowd, execute, parts_of, visit

EVENTS = crowd(400, visits=5)
PARTITIONS = 8
CHUNK = "40"


@pytest.fixture
def store_is_there() -> bool:
    """It is not: it is created with more partitions than there are processes."""
    return False


@pytest.fixture
def backlog(engine_at: OpenEngine, postgres_url: str) -> Iterator[footfall.Engine]:
    """An engine whose views have seen nothing of two thousand visits; in the end they must hold all of the log once."""
    engine = engine_at(postgres_url, partitions=PARTITIONS)
    engine.track_many(EVENTS)
    yield engine
    engine.catch_up()
    visits = "SELECT event_id FROM footfall.{} ORDER BY event_id"
    stored = execute(postgres_url, visits.format("log WHERE action = 'page.visit'"))
    assert execute(postgres_url, visits.format("page_visits")) == stored
    assert engine.verify().ok


def behind(url: str) -> set[int]:
    """The partitions of which the views have not seen all."""
    unseen = "EXISTS (SELECT 1 FROM footfall.log AS l WHERE l.partition = c.partition AND l.position > c.position)"
    return {
        partition for (partition,) in execute(url, f"SELECT partition FROM footfall.checkpoints AS c WHERE {unseen}")
    }


@pytest.fixture
def stalled(backlog: footfall.Engine, postgres_url: str) -> Iterator[Worker]:
    """A process that stands still in the middle of a transaction of the projector."""
    assert len(behind(postgres_url)) == backlog.status().partitions
    with Worker("stall", postgres_url, CHUNK) as worker:
        assert worker.line() == "ready"
        worker.go()
        assert worker.line() == "folding"
        worker.process.send_signal(signal.SIGSTOP)
        yield worker


@pytest.mark.parametrize("number", [2, 4])
@pytest.mark.usefixtures("backlog")
def test_processes_share_a_backlog(postgres_url: str, number: int) -> None:
    with ExitStack() as running:
        workers = [running.enter_context(Worker("stall", postgres_url, CHUNK)) for _ in range(number)]
        for worker in workers:
            assert worker.line() == "ready"
            worker.go()
        assert [worker.line() for worker in workers] == ["folding"] * number  # all of them at once
        for worker in workers:
            worker.go()
        assert all(worker.answer() > 0 for worker in workers)
    assert behind(postgres_url) == set()


@pytest.mark.parametrize("number", [2, 4])
@pytest.mark.usefixtures("backlog")
def test_nothing_is_lost_or_doubled_where_projecting_processes_are_killed(postgres_url: str, number: int) -> None:
    rng = random.Random(number)
    killed = 0
    while behind(postgres_url) and killed < 3 * number:
        with ExitStack() as running:
            workers = [running.enter_context(Worker("project", postgres_url, CHUNK)) for _ in range(number)]
            assert [worker.line() for worker in workers] == ["ready"] * number
            for worker in workers:
                worker.go()
            for worker in workers:
                for _ in range(rng.randrange(4)):
                    worker.line()
                killed += worker.process.poll() is None
                worker.process.kill()
    assert killed >= number, "too few were killed at their work for this to mean anything"


@pytest.mark.usefixtures("stalled")
def test_the_partition_of_a_process_that_stands_still_does_not_keep_the_others_from_being_projected(
    backlog: footfall.Engine, postgres_url: str
) -> None:
    assert len(behind(postgres_url)) == PARTITIONS
    backlog.catch_up(wait=False)
    assert len(behind(postgres_url)) == 1


def test_a_partition_is_taken_over_from_a_process_that_was_killed(
    backlog: footfall.Engine, stalled: Worker, postgres_url: str
) -> None:
    stalled.process.kill()

    def taken_over() -> bool:
        backlog.catch_up(wait=False)
        return not behind(postgres_url)

    assert eventually(taken_over)


def test_a_process_that_stood_still_goes_on_where_it_was(
    backlog: footfall.Engine, stalled: Worker, postgres_url: str
) -> None:
    backlog.catch_up(wait=False)
    stalled.process.send_signal(signal.SIGCONT)
    stalled.go()
    assert stalled.answer() > 0
    assert behind(postgres_url) == set()


def test_a_reader_of_fresh_rows_waits_for_what_another_process_folds(backlog: footfall.Engine, stalled: Worker) -> None:
    seen: list[int] = []
    reader = Thread(target=lambda: seen.append(backlog.stats(fresh=True).page_visits))
    reader.start()
    reader.join(timeout=1)
    assert seen == []
    stalled.process.kill()
    reader.join()
    assert seen == [len(EVENTS)]


def test_views_that_are_not_equally_far_come_together(
    backlog: footfall.Engine, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    monkeypatch.setattr("footfall.infrastructure.views.projecting.projector.CHUNK", int(CHUNK))
    for model, chunks in ((PAGE_VISITS, 9), (PROFILES, 4)):
        assert len(list(islice(parts_of(backlog).views._projector.steps([model]), chunks))) == chunks
    assert len({position for (position,) in execute(postgres_url, "SELECT position FROM footfall.checkpoints")}) > 2
    backlog.catch_up()
    assert behind(postgres_url) == set()
    assert backlog.stats(fresh=False).page_visits == len(EVENTS)


def test_a_reader_sees_what_was_committed_before_it_asked_while_others_project(
    backlog: footfall.Engine, postgres_url: str
) -> None:
    with Worker("project", postgres_url, CHUNK) as one, Worker("project", postgres_url, CHUNK) as other:
        for worker in (one, other):
            assert worker.line() == "ready"
            worker.go()
        for minute in range(5):
            backlog.track_many([visit(ALICE, minute)])
            assert backlog.stats(fresh=True).page_visits == len(EVENTS) + minute + 1
