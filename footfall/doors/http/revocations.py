"""Requests that go on for long, and end once the key that they came with is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast
from weakref import WeakKeyDictionary

from ...domain.errors import FootfallError
from .asgi import Message, Receive

LOOK_SECONDS = 1.0


class Revocations:
    """Looks once a second, for all that go on together, whether keys are still let in: `is_admitted` tells."""

    def __init__(self, is_admitted: Callable[[str], Awaitable[bool]]) -> None:
        self._is_admitted = is_admitted
        self._waiting: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[asyncio.Task[object], str]]
        self._waiting = WeakKeyDictionary()
        self._looking: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()

    def ending(self, key: str, receive: Receive) -> Receive:
        """A request's `receive`, by which its client leaves when the key is refused."""

        async def received() -> Message:
            task, waiting = cast("asyncio.Task[object]", asyncio.current_task()), self._waiting_here()
            waiting[task] = key
            try:
                return await receive()
            except asyncio.CancelledError:
                if task in waiting:  # it was not this that ended it
                    raise
                task.uncancel()
                return {"type": "http.disconnect"}
            finally:
                waiting.pop(task, None)

        return received

    def _waiting_here(self) -> dict[asyncio.Task[object], str]:
        loop = asyncio.get_running_loop()
        waiting = self._waiting.setdefault(loop, {})
        looking = self._looking.get(loop)
        if looking is None or looking.done():
            self._looking[loop] = loop.create_task(self._look(waiting))
        return waiting

    async def _look(self, waiting: dict[asyncio.Task[object], str]) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not waiting:
                return
            with suppress(FootfallError):  # where the store does not answer, nothing is told of it either
                refused = {key for key in set(waiting.values()) if not await self._is_admitted(key)}
                for task in [task for task, key in waiting.items() if key in refused]:
                    del waiting[task]
                    task.cancel()
