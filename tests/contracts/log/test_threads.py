"""Threads may share an engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import footfall
from footfall.infrastructure.database.connection_queue import ConnectionQueue
from tests.application.ingest.test_group_commit import interrupt_main_thread
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, crowd, gapless, statuses, versions, visit
from tests.forked import PATIENCE_SECONDS

THREADS = 24

pytestmark = pytest.mark.usefixtures("long_queue")


def at_once(work: Callable[[int], object], times: int = 4) -> list[object]:
    """What a work gives, done by many threads several times each."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(work, range(THREADS * times)))


def test_threads_that_write_to_one_customer_leave_a_stream_without_gaps(
    engine: footfall.Engine, database_url: str
) -> None:
    answers = at_once(lambda n: statuses(engine.track_many([visit(ALICE, n, f"/{n}")])))
    assert answers == [["accepted"]] * len(answers)
    assert gapless(versions(database_url).values())
    assert len(engine.page_visits(ALICE, fresh=True)) == len(answers)
    assert engine.verify().ok


@pytest.mark.parametrize(
    "read",
    [
        lambda engine: engine.status().projections,
        lambda engine: engine.stats(fresh=True),
        lambda engine: engine.profile(ALICE),
        lambda engine: engine.page_visits(ALICE, fresh=True),
        lambda engine: engine.definitions(),
        lambda engine: engine.rejected(),
    ],
    ids=["status", "stats", "profile", "visits", "definitions", "rejected"],
)
def test_threads_that_read_wait_for_each_other_and_agree(
    engine: footfall.Engine, read: Callable[[footfall.Engine], object]
) -> None:
    engine.track_many([visit(ALICE, 0), *crowd(20)])
    engine.catch_up()
    first = read(engine)
    assert all(answer == first for answer in at_once(lambda _: read(engine)))


def test_threads_may_read_and_write_at_once(engine: footfall.Engine) -> None:
    def work(number: int) -> bool:
        if number % 3:
            return bool(engine.stats(fresh=True))
        return engine.track_many([visit(ALICE, number)])[0].status == "accepted"

    assert all(at_once(work))
    assert engine.stats(fresh=True).page_visits == THREADS * 4 // 3
    assert engine.verify().ok


def test_threads_that_wait_for_a_connection_get_it_in_the_order_in_which_they_came() -> None:
    queue, came = ConnectionQueue(1, PATIENCE_SECONDS, "a store"), list[int]()

    def come(number: int) -> None:
        with queue.permit():
            came.append(number)

    with ThreadPoolExecutor(THREADS) as threads, queue.permit():
        for number in range(THREADS):
            threads.submit(come, number)
            assert eventually(lambda number=number: len(queue._waiting) > number)  # type: ignore[misc]
        came.append(-1)
    assert came == list(range(-1, THREADS))


def test_a_permit_that_nobody_gives_back_in_time_is_missed_and_none_is_lost() -> None:
    queue = ConnectionQueue(1, 0.01, "a store")
    with (
        queue.permit(),
        pytest.raises(footfall.StoreBusy, match="every connection to a store is in use"),
        queue.permit(),
    ):
        pytest.fail("there was one permit")
    with queue.permit():
        assert not queue._waiting


def test_a_thread_that_is_interrupted_while_it_waits_takes_no_permit_with_it() -> None:
    queue = ConnectionQueue(1, PATIENCE_SECONDS, "a store")

    with ThreadPoolExecutor(1) as beside, queue.permit():
        beside.submit(interrupt_main_thread, lambda: len(queue._waiting) == 1)
        with pytest.raises(KeyboardInterrupt), queue.permit():
            pytest.fail("there was one permit")
    with queue.permit():
        assert not queue._waiting
