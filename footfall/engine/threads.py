"""The threads that carry out the calls of an `AsyncEngine`, so that no event loop ever waits for a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from ..application.ports.errors import EngineClosed
from ..application.running.forks import at_fork
from ..application.running.withdrawal import Withdrawal

_Answer = TypeVar("_Answer")

CALLS = 10
"""As many calls are carried out at once; more wait, in their order. Together with `READS`, the look at the log's heads
and the two background jobs they need no more connections than a pool has, so that none waits for one."""
READS = 2
"""As many reads of subscriptions are carried out at once, however many subscriptions there are."""


class Threads:
    """Threads of one engine, for the tasks of any event loop. A child that is forked has its own."""

    def __init__(self) -> None:
        self._closed = False
        self._make_anew()
        at_fork(self._make_anew)

    def _make_anew(self) -> None:
        self._calls = ThreadPoolExecutor(CALLS, "footfall call")
        self._reads = ThreadPoolExecutor(READS, "footfall subscriptions")

    async def call(self, work: Callable[[], _Answer]) -> _Answer:
        """Carry out a call. Where the task is cancelled it is withdrawn. Raises `EngineClosed`."""
        return await self._carried_out(self._calls, work)

    async def read(self, work: Callable[[], _Answer]) -> _Answer:
        """The same for a read of a subscription, which is in no call's way."""
        return await self._carried_out(self._reads, work)

    def close(self) -> None:
        """Take nothing in any more; what waits is begun, and finds the engine closed."""
        self._closed = True
        self._calls.shutdown(wait=False)
        self._reads.shutdown(wait=False)

    async def _carried_out(self, threads: ThreadPoolExecutor, work: Callable[[], _Answer]) -> _Answer:
        withdrawal = Withdrawal()
        try:
            begun = threads.submit(copy_context().run, withdrawal.carry_out, work)
        except RuntimeError:
            if not self._closed:
                raise
            raise EngineClosed("the engine is closed: open another one") from None
        try:
            return await asyncio.wrap_future(begun)
        except asyncio.CancelledError:
            withdrawal.withdraw()
            raise


async def in_own_thread(
    work: Callable[[], _Answer], unwanted: Callable[[Future[_Answer]], object] | None = None
) -> _Answer:
    """Do something in a thread of its own, behind no other call. It is carried to its end; where the task is cancelled
    meanwhile, `unwanted` is given what became of it."""
    threads = ThreadPoolExecutor(1, "footfall")
    begun = threads.submit(copy_context().run, work)
    threads.shutdown(wait=False)
    try:
        return await asyncio.wrap_future(begun)
    except asyncio.CancelledError:
        if unwanted is not None:
            begun.add_done_callback(unwanted)
        raise
