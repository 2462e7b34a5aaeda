"""The one subscription that all listeners of an event loop share, and the last of its events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from ....engine.async_engine import AsyncEngine
from ....engine.async_subscription import AsyncSubscription
from ....engine.loggers import HTTP
from ....engine.public import FootfallError
from .told import Told, told

KEPT = 2_000
"""As many events are kept for listeners who come back."""
BEAT_SECONDS = 15.0
LINGER_SECONDS = 60.0
"""So long after its last listener has left the subscription ends, and with it what it costs."""
AGAIN_SECONDS = 2.0
_IN_ONE_GO = 100


class Listens(Protocol):
    """A listener; none of this waits or raises."""

    def tell(self, event: Told) -> None:
        """An event has come."""

    def beat(self) -> None:
        """Some seconds have passed."""

    def end(self) -> None:
        """Nothing will come any more."""


class Feed:
    """Tells listeners of events as they come. It follows the log from its first listener on, for as long as there are
    any; all of it is for one loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._listeners: set[Listens] = set()
        self._beginning = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._unwanted: asyncio.TimerHandle | None = None
        self._last: deque[Told] = deque()
        self._first, self._before, self._numbers = 0, "", {"": 0}

    async def begin(self) -> None:
        """Follow the log, unless that is so. Raises what a subscription raises."""
        async with self._beginning:
            if not self._tasks:
                events = await self._engine.subscribe().__aenter__()
                self._forget(events.cursor or "")
                self._tasks = [
                    asyncio.create_task(self._follow(events), name="footfall live"),
                    asyncio.create_task(self._beat()),
                ]
                self._look_whether_it_is_wanted()

    def enter(self, listener: Listens) -> None:
        """Tell a listener from now on; that it has ended, where the feed has."""
        if self._tasks:
            self._listeners.add(listener)
        else:
            listener.end()

    @property
    def listeners(self) -> int:
        """How many there are."""
        return len(self._listeners)

    def leave(self, listener: Listens) -> None:
        """Tell it nothing more."""
        self._listeners.discard(listener)
        self._look_whether_it_is_wanted()

    @property
    def number(self) -> int:
        """Of the event that comes next."""
        return self._first + len(self._last)

    @property
    def cursor(self) -> str:
        """After the last event."""
        return self._last[-1].cursor if self._last else self._before

    def number_after(self, cursor: str) -> int | None:
        """Of the event that follows a cursor; None where that is not known, or the event is no longer kept."""
        return self._numbers.get(cursor)

    def since(self, number: int) -> Sequence[Told] | None:
        """The events from a number on; None where they are no longer kept."""
        return None if number < self._first else list(islice(self._last, number - self._first, None))

    def close(self) -> None:
        """End, and tell every listener so."""
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        for listener in self._listeners.copy():
            listener.end()

    def _forget(self, cursor: str) -> None:
        self._first, self._before = self.number, cursor
        self._numbers = {cursor: self._first}
        self._last.clear()

    async def _follow(self, events: AsyncSubscription) -> None:
        try:
            while not await self._has_ended(events):
                await asyncio.sleep(AGAIN_SECONDS)
        except Exception as error:
            HTTP.error("live events have ended, and begin anew with the next listener", exc_info=error)
        self.close()

    async def _has_ended(self, events: AsyncSubscription) -> bool:
        # The end is that of the engine. What the subscription itself does not wait for, such as a database that was
        # renamed, passes as well; listeners who were sent away meanwhile would be refused when they come back, which is
        # the end for a browser.
        try:
            async for event in events:
                self._tell(told(event))
                if self.number % _IN_ONE_GO == 0:
                    await asyncio.sleep(0)  # of many that were read at once, listeners write some before more come
        except FootfallError as error:
            HTTP.warning("live events stand still, trying again: %s", error)
            return False
        return True

    def _tell(self, event: Told) -> None:
        if len(self._last) == KEPT:
            del self._numbers[self._before]
            self._before, self._first = self._last.popleft().cursor, self._first + 1
        self._last.append(event)
        self._numbers[event.cursor] = self.number
        for listener in self._listeners:
            listener.tell(event)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            for listener in self._listeners:
                listener.beat()

    def _look_whether_it_is_wanted(self) -> None:
        if self._unwanted is not None:
            self._unwanted.cancel()
        self._unwanted = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._end_unwanted)

    def _end_unwanted(self) -> None:
        if not self._listeners:
            self.close()
