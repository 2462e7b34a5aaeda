"""Threads that hand in at the same time share commits; each is answered as if it had been alone."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Event, main_thread
from types import FrameType
from typing import Any

import pytest

from footfall.application.ingest import group_commit
from footfall.application.ingest.group_commit import GroupCommit
from footfall.application.ports.errors import StoreBusy, StoreUnavailable
from footfall.application.running.withdrawal import CallWithdrawn, Withdrawal


class Commits:
    """Doubles what it is given, and keeps every group. The first commit waits until it is let go."""

    def __init__(self, most: int = 500) -> None:
        self.groups: list[list[int]] = []
        self.began, self.go = Event(), Event()
        self.failing: Callable[[Sequence[int]], None] = lambda _: None
        self.take = GroupCommit[int, int](self._commit, most)

    def _commit(self, items: Sequence[int]) -> list[int]:
        self.groups.append([*items])
        if len(self.groups) == 1:
            self.began.set()
            assert self.go.wait(60)
        self.failing(items)
        return [2 * item for item in items]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


def hand_in(threads: ThreadPoolExecutor, commits: Commits, *calls: list[int]) -> list[Future[Sequence[int]]]:
    """Hand in one call after the other while the first commit is under way, then let that one go."""
    futures = []
    for number, call in enumerate(calls):
        futures.append(threads.submit(commits.take, call))
        assert commits.began.wait(60)
        while len(commits.take._line.waiting) < number:
            time.sleep(0.001)
    commits.go.set()
    return futures


def test_one_caller_commits_once_for_each_call() -> None:
    commits = Commits()
    commits.go.set()
    assert [commits.take([n]) for n in range(5)] == [[0], [2], [4], [6], [8]]
    assert commits.groups == [[0], [1], [2], [3], [4]]


def test_what_comes_while_a_commit_is_under_way_is_committed_together_in_its_order(threads: ThreadPoolExecutor) -> None:
    commits = Commits()
    futures = hand_in(threads, commits, [1], [2], [3, 4], [5])
    assert [future.result(60) for future in futures] == [[2], [4], [6, 8], [10]]
    assert commits.groups == [[1], [2, 3, 4, 5]]


def test_a_group_is_not_larger_than_a_batch(threads: ThreadPoolExecutor) -> None:
    commits = Commits(most=3)
    futures = hand_in(threads, commits, [1], [2], [3, 4], [5], [6])
    assert [future.result(60) for future in futures] == [[2], [4], [6, 8], [10], [12]]
    assert commits.groups == [[1], [2, 3, 4], [5, 6]]


@pytest.mark.parametrize("kind", [StoreUnavailable, StoreBusy])
def test_a_failure_of_the_store_reaches_everybody_concerned_and_the_next_call_works(
    threads: ThreadPoolExecutor, kind: type[Exception]
) -> None:
    commits = Commits()

    def fail(items: Sequence[int]) -> None:
        if 2 in items:
            raise kind("it is away")

    commits.failing = fail
    first, *others = hand_in(threads, commits, [1], [2], [3], [4])
    assert first.result(60) == [2]
    errors = [other.exception(60) for other in others]
    assert [(type(error), str(error)) for error in errors] == [(kind, "it is away")] * 3
    assert len({id(error) for error in errors}) == 3
    assert commits.groups == [[1], [2, 3, 4]]
    assert commits.take([5]) == [10]


def test_an_error_that_one_is_to_blame_for_reaches_that_one_only(threads: ThreadPoolExecutor) -> None:
    commits = Commits()

    def fail(items: Sequence[int]) -> None:
        if 3 in items:
            raise ZeroDivisionError

    commits.failing = fail
    first, second, third, fourth = hand_in(threads, commits, [1], [2], [3], [4])
    assert [future.result(60) for future in (first, second, fourth)] == [[2], [4], [8]]
    assert isinstance(third.exception(60), ZeroDivisionError)
    assert commits.take([5]) == [10]


def test_a_leader_that_is_interrupted_leaves_its_followers_to_another(threads: ThreadPoolExecutor) -> None:
    commits = Commits()

    def fail(_: Sequence[int]) -> None:
        if len(commits.groups) == 2:
            raise KeyboardInterrupt

    commits.failing = fail
    first, leader, *followers = hand_in(threads, commits, [1], [2], [3], [4])
    assert first.result(60) == [2]
    assert isinstance(leader.exception(60), KeyboardInterrupt)
    assert [follower.result(60) for follower in followers] == [[6], [8]]
    assert commits.groups == [[1], [2, 3, 4], [3, 4]]
    assert commits.take([5]) == [10]


def test_a_caller_that_is_interrupted_in_its_sleep_holds_nobody_up(threads: ThreadPoolExecutor) -> None:
    commits = Commits()
    first = threads.submit(commits.take, [1])
    assert commits.began.wait(60)
    threads.submit(interrupt_main_thread, lambda: len(commits.take._line.waiting) == 1)
    with pytest.raises(KeyboardInterrupt):
        commits.take([2])
    commits.go.set()
    assert first.result(60) == [2]
    assert commits.take([3]) == [6]
    assert commits.groups == [[1], [3]]


def test_a_call_is_withdrawn_while_it_waits_and_never_once_it_is_written(threads: ThreadPoolExecutor) -> None:
    commits, calls = Commits(), [Withdrawal() for _ in range(4)]

    def take(number: int) -> Sequence[int]:
        return calls[number].carry_out(lambda: commits.take([number]))

    leading = threads.submit(take, 0)
    assert commits.began.wait(60)
    waiting = []
    for number in (1, 2, 3):
        waiting.append(threads.submit(take, number))
        while len(commits.take._line.waiting) < number:
            time.sleep(0.001)
    calls[0].withdraw()
    calls[2].withdraw()
    assert isinstance(waiting[1].exception(60), CallWithdrawn)
    commits.go.set()
    assert leading.result(60) == [0]
    assert [waiting[0].result(60), waiting[2].result(60)] == [[2], [6]]
    assert commits.groups == [[0], [1, 3]]
    with pytest.raises(CallWithdrawn):
        take(2)
    assert commits.take([5]) == [10]


def interrupt_main_thread(when: Callable[[], bool]) -> None:
    while not when():
        time.sleep(0.001)
    signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)


def test_many_threads_are_all_answered_and_share_their_commits(threads: ThreadPoolExecutor) -> None:
    commits = Commits()
    commits.go.set()
    commits.failing = lambda _: time.sleep(0.001)

    together = Barrier(32)

    def work(thread: int) -> list[Sequence[int]]:
        together.wait(60)
        return [commits.take([thread * 100 + n]) for n in range(25)]

    answers = list(threads.map(work, range(32)))
    assert answers == [[[2 * (thread * 100 + n)] for n in range(25)] for thread in range(32)]
    assert sorted(item for group in commits.groups for item in group) == sorted(
        thread * 100 + n for thread in range(32) for n in range(25)
    )
    assert len(commits.groups) < 32 * 25


@pytest.mark.parametrize("step", ["lead_alone", "end_alone"])
def test_an_interruption_at_any_step_keeps_nobody_waiting(threads: ThreadPoolExecutor, step: str) -> None:
    commits = Commits()
    commits.go.set()
    line: Any = commits.take._line
    plain = getattr(line, step)

    def interrupted(*arguments: Any) -> Any:
        setattr(line, step, plain)
        done = plain(*arguments)
        signal.raise_signal(signal.SIGINT)
        return done

    setattr(line, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        commits.take([1])
    assert threads.submit(commits.take, [2]).result(60) == [4]
    assert commits.take([3]) == [6]


class Interruption:
    """Raises `KeyboardInterrupt` at the n-th moment in which Python looks for signals inside of the group commit: when
    one of its functions begins, and when a call out of it has ended."""

    def __init__(self, number: int) -> None:
        self.left, self.came = number, False

    def __enter__(self) -> None:
        sys.setprofile(self._look)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _look(self, frame: FrameType, event: str, _what: object) -> None:
        if event not in ("call", "c_return") or frame.f_code.co_filename != group_commit.__file__:
            return
        if self.left == 0:
            sys.setprofile(None)
            self.came = True
            raise KeyboardInterrupt
        self.left -= 1


def test_an_interruption_at_any_moment_of_a_call_that_is_alone_keeps_nobody_waiting(
    threads: ThreadPoolExecutor,
) -> None:
    number, came = 0, True
    while came:
        commits = Commits()
        commits.go.set()
        interruption = Interruption(number)
        with suppress(KeyboardInterrupt), interruption:
            commits.take([1])
        others = [threads.submit(commits.take, [n]) for n in (2, 3)]
        assert [other.result(60) for other in others] == [[4], [6]]
        assert commits.take([4]) == [8]
        number, came = number + 1, interruption.came
    assert number > 10
