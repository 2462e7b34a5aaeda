"""How long bodies are waited for that have not come yet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from ...engine.public import EngineClosed
from .refusals import Refusal

LEAST_BYTES_A_SECOND = 16_384
"""What is still sent at this rate is waited for, however long it takes."""


class BodyTime:
    """Bounds what reads bodies: each has `seconds` before it has to come at `LEAST_BYTES_A_SECOND`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[asyncio.Timeout, asyncio.AbstractEventLoop] = {}
        self._end: float | None = None

    @property
    def is_ending(self) -> bool:
        """Whether it was said that this is the end."""
        return self._end is not None

    def end_within(self, seconds: float) -> None:
        """From now on no body is waited for any longer, whichever thread this is."""
        self._end = monotonic() + seconds
        for limit, loop in list(self._under_way.items()):
            with suppress(RuntimeError):  # the loop is closed, and nobody reads there
                loop.call_soon_threadsafe(self._hasten, limit, loop)

    async def bound(self, read: Callable[[Callable[[int], None]], Awaitable[bytes]]) -> bytes:
        """What `read` gives, which tells how many bytes have come. Raises `Refusal` (408), or `EngineClosed`."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._at_most(self._seconds)) as limit:
                self._under_way[limit] = loop

                def came(size: int) -> None:
                    now = loop.time()
                    left = began + self._seconds + size / LEAST_BYTES_A_SECOND - now
                    limit.reschedule(now + self._at_most(left))

                return await read(came)
        except TimeoutError:
            if self.is_ending:
                raise EngineClosed("the door is closing") from None
            said = "the body did not come in time: send it again"
            raise Refusal(408, "body_timeout", said, headers={"connection": "close"}) from None
        finally:
            self._under_way.pop(limit, None)

    def _at_most(self, seconds: float) -> float:
        return seconds if self._end is None else min(seconds, self._end - monotonic())

    def _hasten(self, limit: asyncio.Timeout, loop: asyncio.AbstractEventLoop) -> None:
        until = limit.when()
        if limit in self._under_way and until is not None and not limit.expired():
            limit.reschedule(loop.time() + self._at_most(until - loop.time()))
