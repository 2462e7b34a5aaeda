"""Worker processes that carry calls out, spawned and forked."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from footfall.infrastructure.background.leash import Leash
from footfall.infrastructure.background.worker_pool import WorkerBroken, WorkerPool


@pytest.fixture
def leash() -> Leash:
    """What holds the workers."""
    return Leash()


@pytest.fixture(params=[False, True], ids=["spawned", "forked"])
def pool(leash: Leash, request: pytest.FixtureRequest) -> Iterator[WorkerPool]:
    """One worker."""
    opened = WorkerPool(1, leash, fork=request.param)
    yield opened
    leash.let_go()
    opened.close()


def test_calls_are_answered_in_their_order_by_another_process(pool: WorkerPool) -> None:
    answers = [pool.submit(divmod, number, 3) for number in range(20)]
    assert [answer.result() for answer in answers] == [divmod(number, 3) for number in range(20)]
    assert pool.submit(os.getpid).result() not in (os.getpid(), os.getppid())


def test_an_error_is_raised_here_and_tells_where_it_came_from(pool: WorkerPool) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        pool.submit(divmod, 1, 0).result()
    assert "_carried_out" in raised.value.__notes__[0]
    assert pool.submit(divmod, 1, 1).result() == (1, 0)


def test_a_worker_that_is_killed_is_told_with_what_ended_it(pool: WorkerPool) -> None:
    victim = pool.submit(os.getpid).result()
    with pytest.raises(WorkerBroken, match=f"worker {victim} was ended by SIGKILL"):
        pool.submit(os.kill, victim, signal.SIGKILL).result()
    with pytest.raises(WorkerBroken, match="SIGKILL"):
        pool.submit(os.getpid).result()


def test_a_leash_that_is_let_go_ends_a_worker_in_the_middle_of_its_work(pool: WorkerPool, leash: Leash) -> None:
    waiting = pool.submit(signal.pause)
    leash.let_go()
    with pytest.raises(WorkerBroken, match="SIGTERM"):
        waiting.result()


def test_a_worker_has_ways_of_its_own_to_hear_of_signals(leash: Leash) -> None:
    heard: list[int] = []
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number)), signal.set_wakeup_fd(tell)
    try:
        pool = WorkerPool(1, leash, fork=True)
        worker = pool.submit(os.getpid).result()
        with pytest.raises(WorkerBroken, match="SIGTERM"):
            pool.submit(os.kill, worker, signal.SIGTERM).result()
        pool.close()
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.set_wakeup_fd(before[1])
        os.close(tell)
    assert (heard, os.read(told, 1)) == ([], b"")
    os.close(told)
