"""Subscriptions as tests read them: to the end, or in a thread that hands over what comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import Any
from uuid import UUID

import footfall
from footfall.application.reading.answers import ActivityEvent
from tests.contracts.support import execute
from tests.forked import PATIENCE_SECONDS


def so_far(engine: footfall.Engine, after: str = "start", **wanted: Any) -> list[ActivityEvent]:
    """What a subscription delivers that ends at the head of the log."""
    with engine.subscribe(after=after, follow=False, **wanted) as events:
        return list(events)


def by_customer(events: Iterable[ActivityEvent]) -> dict[str, list[str]]:
    """The ids of each customer's events, as they came."""
    came: dict[str, list[str]] = {}
    for event in events:
        came.setdefault(event.uuid, []).append(event.event_id)
    return came


def streams(url: str) -> dict[str, list[str]]:
    """The ids of each customer's activity events, in the order of the stream."""
    stored: dict[str, list[str]] = {}
    for row in execute(url, "SELECT customer, event_id FROM footfall.log WHERE action IS NOT NULL ORDER BY version"):
        customer, event_id = (str(UUID(bytes=one)) if isinstance(one, bytes) else str(one) for one in row)
        stored.setdefault(customer, []).append(event_id)
    return stored


def eventually(holds: Callable[[], object]) -> bool:
    """Whether something that tells nobody when it changes comes to hold."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (held := bool(holds())) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held


class Follower:
    """A thread that iterates over a subscription until that ends."""

    def __init__(self, subscription: footfall.Subscription) -> None:
        self.subscription = subscription
        self._came: Queue[ActivityEvent | None] = Queue()
        self._thread = Thread(target=self._follow, daemon=True)
        self._thread.start()

    def __enter__(self) -> Follower:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.subscription.close()
        assert self.ends()

    def next(self) -> ActivityEvent:
        """The next event; fails if none comes or the subscription ended."""
        event = self._came.get(timeout=PATIENCE_SECONDS)
        assert event is not None, "the subscription ended"
        return event

    def take(self, number: int) -> list[ActivityEvent]:
        """The next so many events."""
        return [self.next() for _ in range(number)]

    def ends(self) -> bool:
        """Whether the iteration comes to its end."""
        self._thread.join(PATIENCE_SECONDS)
        return not self._thread.is_alive()

    def left_over(self) -> list[ActivityEvent]:
        """What came and was not taken, when the iteration has ended."""
        return list(iter(self._came.get, None))

    def _follow(self) -> None:
        try:
            for event in self.subscription:
                self._came.put(event)
        finally:
            self._came.put(None)
