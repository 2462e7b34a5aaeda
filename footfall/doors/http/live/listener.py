"""One listener: a request that is answered with events until its client leaves."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple

from ....engine.async_subscription import AsyncSubscription
from ....engine.public import EngineClosed, StoreBusy, StoreUnavailable
from ..asgi import Receive, Send
from .feed import KEPT, Feed
from .told import COMMENT, RETRY, Told, place, told

MOST_UNWRITTEN = 1_000
MOST_UNWRITTEN_BYTES = 1_000_000
"""A listener that is so many events behind, or bytes, is sent away: it comes back to where it was, and nothing was left
out."""
STUCK_SECONDS = 60.0
"""A client that has read nothing for so long is left."""
LAST_SECONDS = 2.0
"""The same where nothing more will come."""
PASSED_SECONDS = 10.0
"""What was in the log so long ago, the feed has told by now. A place before would have it told once more."""
_TOGETHER = 200
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep events until it has a buffer full of them
]


class Wanted(NamedTuple):
    """Which events; None: of whatever customer, of whatever actions."""

    customer: str | None
    actions: frozenset[str] | None

    def holds(self, event: Told) -> bool:
        """Whether an event is one of them."""
        return self.customer in (None, event.uuid) and (self.actions is None or event.action in self.actions)


class Listener:
    """Writes the wanted events after a cursor, or from now on, to one client. `read_after` gives those that the feed no
    longer has, up to the head of the log."""

    def __init__(
        self, feed: Feed, wanted: Wanted, cursor: str | None, read_after: Callable[[str], AsyncSubscription]
    ) -> None:
        self._feed, self._wanted, self._cursor, self._read_after = feed, wanted, cursor, read_after
        self._unwritten: list[bytes] = []
        self._bytes = 0  # of those
        self._writing: asyncio.Timeout | None = None
        self._follows = self._ended = False
        self._read: set[tuple[str, str]] = set()  # from the log: the feed may be yet to tell them
        self._read_at = 0.0
        self._woken: asyncio.Future[None] | None = None

    async def run(self, receive: Receive, send: Send) -> None:
        """Answer the request."""
        self._feed.enter(self)
        watch = asyncio.create_task(self._watch(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._write(send, RETRY)
            await self._listen(send)
            await self._end_answer(send)
        except asyncio.CancelledError:  # so a server that stops ends what would never end, and that is no fault
            with suppress(TimeoutError):
                await self._end_answer(send)
        except TimeoutError:
            pass  # the client does not read, so that there is no way to tell it that this is the end
        finally:
            watch.cancel()
            self._feed.leave(self)

    def tell(self, event: Told) -> None:
        """An event has come."""
        if self._follows and not self._ended and self._wanted.holds(event) and event.key not in self._read:
            self._bytes += len(event.text)
            if len(self._unwritten) < MOST_UNWRITTEN and self._bytes <= MOST_UNWRITTEN_BYTES:
                self._unwritten.append(event.text)
                self._wake()
            else:
                self.end()

    def beat(self) -> None:
        """Some seconds have passed."""
        if self._read and asyncio.get_running_loop().time() - self._read_at > PASSED_SECONDS:
            self._read = set()
        if self._follows and not self._unwritten:
            self._unwritten.append(COMMENT if self._read else place(self._feed.cursor))
            self._wake()

    def end(self) -> None:
        """Nothing will come any more."""
        self._ended = True
        if self._writing is not None and not self._writing.expired():
            self._writing.reschedule(asyncio.get_running_loop().time() + LAST_SECONDS)
        self._wake()

    async def _listen(self, send: Send) -> None:
        try:
            await self._catch_up(send)
        except (EngineClosed, StoreBusy, StoreUnavailable):
            return  # it comes back; an error would be the end for a browser
        while self._unwritten or not self._ended:
            if not self._unwritten:
                self._woken = asyncio.get_running_loop().create_future()
                await self._woken
            texts, self._unwritten, self._bytes = self._unwritten, [], 0
            await self._write(send, b"".join(texts))

    async def _catch_up(self, send: Send) -> None:
        feed, cursor = self._feed, self._cursor
        number = feed.number if cursor is None else feed.number_after(cursor)
        seen: deque[tuple[str, str]] = deque(maxlen=KEPT)
        while not self._ended:
            missed = None if number is None else feed.since(number)
            if missed is not None:
                self._follow(missed, set(seen))
                return
            number = feed.number  # what came before it is in the log by now, and is read there
            cursor = await self._read_on(send, cursor or feed.cursor, seen)

    async def _read_on(self, send: Send, cursor: str, seen: deque[tuple[str, str]]) -> str:
        events, texts = self._read_after(cursor), list[bytes]()
        async for event in events:
            one = told(event)
            seen.append(one.key)
            texts.append(one.text)
            if len(texts) == _TOGETHER:
                await self._write(send, b"".join(texts))
                texts.clear()
                if self._ended:
                    break
        await self._write(send, b"".join(texts))
        return events.cursor or cursor

    def _follow(self, missed: Iterable[Told], read: set[tuple[str, str]]) -> None:
        self._follows, self._read, self._read_at = True, read, asyncio.get_running_loop().time()
        self._unwritten = [one.text for one in missed if self._wanted.holds(one) and one.key not in read]
        if not read:
            self._unwritten.append(place(self._feed.cursor))

    async def _write(self, send: Send, text: bytes) -> None:
        async with asyncio.timeout(LAST_SECONDS if self._ended else STUCK_SECONDS) as self._writing:
            await send({"type": "http.response.body", "body": text, "more_body": True})
        self._writing = None

    async def _end_answer(self, send: Send) -> None:
        async with asyncio.timeout(LAST_SECONDS):
            await send({"type": "http.response.body", "body": b""})

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end()

    def _wake(self) -> None:
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)
