"""Listening over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from weakref import WeakKeyDictionary

from ....engine.arguments import customer_named
from ....engine.async_engine import AsyncEngine
from ....engine.public import EngineClosed
from ..response import Stream
from .feed import Feed
from .listener import Listener, Wanted


class Live:
    """The listeners of one process."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._closed = False
        self._feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = WeakKeyDictionary()

    async def stream(self, query: Mapping[str, Sequence[str]], last_event_id: str | None) -> Stream:
        """Events as they are committed, until the client leaves or this is closed: at least once, in order for each
        customer.

        Of the `query` counts `customer`, `action` (once or more), and `after`: a cursor to go on behind, unless the
        request says in `Last-Event-ID` where its client has come; without either it begins now. Raises
        `InvalidArgument` for what is none of these, or a cursor not of this store, and what a subscription raises.
        """
        if self._closed:
            raise EngineClosed("the door is closing")
        customer, actions = next(iter(query.get("customer", ())), None), query.get("action") or None
        after = last_event_id or next(iter(query.get("after", ())), None)
        subscribe = partial(self._engine.subscribe, actions, customer=customer, follow=False)
        subscribe(after=after)  # which reads nothing yet, and tells what is wrong
        wanted = Wanted(customer and str(customer_named(customer)), actions and frozenset(actions))
        loop = asyncio.get_running_loop()
        feed = self._feeds.get(loop) or self._feeds.setdefault(loop, Feed(self._engine))
        await feed.begin()
        return Stream(Listener(feed, wanted, after, lambda cursor: subscribe(after=cursor)).run)

    @property
    def listeners(self) -> int:
        """How many there are."""
        return sum(feed.listeners for feed in list(self._feeds.values()))

    def close(self) -> None:
        """End every stream and begin no other, whichever thread this is."""
        self._closed = True
        for loop, feed in list(self._feeds.items()):
            with suppress(RuntimeError):  # the loop is closed, and its listeners are gone
                loop.call_soon_threadsafe(feed.close)
