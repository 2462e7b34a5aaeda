"""What many requests hand in at once, gathered into few calls of the engine."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition, Lock, Thread
from time import monotonic
from typing import Any

from ...engine.engine import Engine
from ...engine.public import EngineClosed, HandedIn, Result, Sender, StoreBusy, SubmissionKind
from .outcomes import Waiting, hand_back, outcomes, taken_in

SMALL = 50
"""So many things of one request wait for those of others; more are a call of their own."""
GATHERED = 500
"""As many small ones go into one call: as many as one transaction takes."""
WAITED_SHARE, WAITED_SECONDS = 0.5, 0.01
"""Those who were answered together mostly send again at once. They are waited for, for this share of the time that
their call took and so many seconds at most: calls of more events are fewer, and cost less. One alone waits for nobody.
"""
LARGE_AT_ONCE = 16
"""So many large ones are taken in at once. They share commits, of which one is under way at a time, and so need no more
than one connection; with few threads there would be less to share."""
MOST_WAITING = 20_000
"""With as many things waiting, no more are taken: whoever sends them is to try again."""


class Batcher:
    """Takes things in for the tasks of any event loop: small batches of all requests together in one thread, so that
    they share a commit and a wake-up of the loop; large ones in threads of their own. A process that is forked needs
    another one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._small: deque[Waiting] = deque()
        self._lock = Lock()
        self._came = Condition(self._lock)
        self._sleeps = self._closed = False
        self._expected = MOST_WAITING  # with so many requests waiting it goes on at once
        self._to_wake: asyncio.AbstractEventLoop | None = None
        self._number = 0  # of the things that wait, or are being taken in
        self._thread: Thread | None = None
        self._large = ThreadPoolExecutor(LARGE_AT_ONCE, "footfall large batches")

    async def submit(
        self, kind: SubmissionKind, submissions: Sequence[Any], senders: Sequence[Sender]
    ) -> Sequence[Result]:
        """The results of things of one kind, each with its sender, in order and after commit. Where the task is
        cancelled before its turn has come, nothing is done.

        Raises what the engine raises; `StoreBusy` where too much waits; `EngineClosed` after `close`.
        """
        handed_in = [HandedIn(kind, one, sender) for one, sender in zip(submissions, senders, strict=True)]
        self._let_in(len(handed_in))
        try:
            return await (self._gathered(handed_in) if len(handed_in) <= SMALL else self._by_itself(handed_in))
        finally:
            with self._lock:
                self._number -= len(handed_in)

    @property
    def waiting(self) -> int:
        """As many things are not answered yet."""
        return self._number

    def close(self) -> None:
        """Take nothing more in; what was handed in is answered."""
        with self._lock:
            self._closed = True
            self._came.notify()
        self._large.shutdown(wait=False)

    def _let_in(self, number: int) -> None:
        with self._lock:
            if self._closed:
                raise EngineClosed("the door is closing: send it again")
            if self._number and self._number + number > MOST_WAITING:
                raise StoreBusy("more events are waiting to be written than can be kept: try again later")
            self._number += number

    def _by_itself(self, handed_in: Sequence[HandedIn]) -> asyncio.Future[Sequence[Result]]:
        return asyncio.get_running_loop().run_in_executor(self._large, taken_in, self._engine, handed_in)

    def _gathered(self, handed_in: Sequence[HandedIn]) -> asyncio.Future[Sequence[Result]]:
        loop = asyncio.get_running_loop()
        waiting = Waiting(handed_in, loop, loop.create_future())
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="footfall batches", daemon=True)
                self._thread.start()
            self._small.append(waiting)
            is_called_for = self._sleeps or len(self._small) >= self._expected
            if is_called_for and self._to_wake is not loop:
                self._to_wake = loop
                loop.call_soon(self._wake)
        return waiting.answer

    def _wake(self) -> None:
        # Once for all that came in a turn of the loop: the two threads would fight for the interpreter over each.
        with self._lock:
            self._to_wake = None
            self._came.notify()

    def _work(self) -> None:
        expected, until = 0, 0.0
        while (group := self._gather(expected, until)) is not None:
            began = monotonic()
            answers = list(outcomes(self._engine, group))
            with self._lock:  # before they are answered: some of them are here again at once
                expected = len(self._small) + len(group) if len(group) > 1 else 0
            hand_back(answers)
            ended = monotonic()
            until = ended + min(WAITED_SECONDS, WAITED_SHARE * (ended - began))

    def _gather(self, expected: int = 0, until: float = 0.0) -> list[Waiting] | None:
        with self._lock:
            while not self._small:
                if self._closed:
                    return None
                self._sleeps = True
                self._came.wait()
            self._sleeps = False
            if expected:
                self._await(expected, until)
            group: list[Waiting] = []
            size = 0
            while self._small and size + len(self._small[0].handed_in) <= GATHERED:
                one = self._small.popleft()
                if not one.answer.cancelled():
                    group.append(one)
                    size += len(one.handed_in)
            return group

    def _await(self, expected: int, until: float) -> None:
        self._expected = expected
        while not self._closed and len(self._small) < expected and (left := until - monotonic()) > 0:
            if sum(len(one.handed_in) for one in self._small) >= GATHERED:
                break
            self._came.wait(left)
        self._expected = MOST_WAITING
