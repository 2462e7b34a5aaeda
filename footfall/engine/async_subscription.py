"""Events as they are committed, for the tasks of an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType

from ..application.ports.errors import EngineClosed, StoreBusy, StoreUnavailable
from ..application.reading.answers import ActivityEvent
from ..application.reading.subscription import LogReading
from .log_watch import LogWatch
from .threads import Threads

AGAIN_SECONDS = 1.0
"""Read again after this many seconds where the store could not be reached."""


class AsyncSubscription(AsyncIterator[ActivityEvent]):
    """Activity events in the order of the log for each customer, each with the cursor after it; at least once.

    `async for` waits for events to come, and the next are read only when those before are taken; with `follow` off it
    ends at the head of the log. It begins where it is entered (`async with`) or iterated first, and holds no thread
    and no connection of its own: leaving the loop, a cancelled task and `aclose` leave nothing behind. A store that is
    out of reach meanwhile is waited for.
    """

    def __init__(
        self, begin: Callable[[], LogReading], threads: Threads, watch: LogWatch, *, follow: bool = True
    ) -> None:
        self._begin, self._threads, self._watch, self._follow = begin, threads, watch, follow
        self._reading: LogReading | None = None
        self._beginning: asyncio.Future[LogReading] | None = None
        self._closed = self._awaited = False

    @property
    def cursor(self) -> str | None:
        """Where to go on after what was delivered so far, and after whatever nobody wanted since then; None before it
        has begun."""
        return None if self._reading is None else self._reading.cursor

    async def __aenter__(self) -> AsyncSubscription:
        await self._begun()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def __anext__(self) -> ActivityEvent:
        if self._awaited:
            raise RuntimeError("another task waits for the next event: give each task a subscription of its own")
        self._awaited = True
        try:
            return await self._next()
        finally:
            self._awaited = False

    async def aclose(self) -> None:
        """Deliver nothing any more."""
        self._closed = True

    async def _next(self) -> ActivityEvent:
        reading = await self._begun()
        while not self._closed:
            event = reading.next()
            if event is not None:
                return event
            moved = await self._look(reading)
            if not self._follow and not moved:
                break
            if self._follow and reading.idle:
                await self._watch.wait_beyond(reading.positions, reading.only)
        self._closed = True
        raise StopAsyncIteration

    async def _begun(self) -> LogReading:
        if self._reading is None:
            # Where it begins is settled with the first attempt, also if the task that waits for it gives up.
            if self._beginning is None or _failed(self._beginning):
                self._beginning = asyncio.ensure_future(self._threads.read(self._begin))
            self._reading = await asyncio.shield(self._beginning)
        return self._reading

    async def _look(self, reading: LogReading) -> bool:
        # A task that is cancelled in here has taken nothing: the same is read again next time.
        try:
            read = await self._threads.read(reading.read)
        except EngineClosed:
            self._closed = True
            return False
        except (StoreUnavailable, StoreBusy):
            if not self._follow:
                raise
            await asyncio.sleep(AGAIN_SECONDS)  # the watch, which cannot reach it either, says so
            return False
        return reading.take(read)


def _failed(beginning: asyncio.Future[LogReading]) -> bool:
    return beginning.done() and (beginning.cancelled() or beginning.exception() is not None)
