"""Listening: activity events as they are committed, whichever process wrote them, from a cursor that can be stored."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Mapping
from threading import Lock
from types import TracebackType
from weakref import finalize

from ...domain.errors import InvalidArgument
from ...domain.moments import to_datetime, to_datetime_if_any
from ..ports.errors import EngineClosed, StoreBusy, StoreUnavailable
from ..ports.following import EventFilter, FollowedEvent, Wakeup
from ..ports.log import Log
from ..running.forks import at_fork
from .answers import ActivityEvent

_logger = logging.getLogger("footfall")

START = "start"
"""The cursor before the first event of the log."""

IDLE_SECONDS = 1.0
"""Look at the log after this many seconds without a wake-up, which can be lost."""

BUSY_SECONDS = 0.06
"""Look again so soon after something came: more may follow without a wake-up of its own (see `NOTIFY_SECONDS`)."""


class Subscription(Iterator[ActivityEvent]):
    """Activity events in the order of the log for each customer, each with the cursor after it; at least once.

    Iterating waits for events to come; with `follow` off it ends at the head of the log. Close it, or leave its `with`
    block, from whichever thread. A store that is out of reach meanwhile is waited for.
    """

    def __init__(
        self, log: Log, wakeup: Wakeup, event_filter: EventFilter, after: str | None, *, follow: bool = True
    ) -> None:
        self._log, self._wakeup, self._filter, self._follow = log, wakeup, event_filter, follow
        self._positions = log.positions() if after is None else _parse(after, len(log.positions()))
        self._pending: deque[ActivityEvent] = deque()
        self._moved = self._closed = False
        self._reading = Lock()
        self._hang_up = finalize(self, wakeup.close)  # also for whoever leaves a loop and forgets to close
        self._delivered_to = _text(self._positions)
        at_fork(self._in_child)

    def _in_child(self) -> None:
        # Another thread may have been moving on, by half: what was delivered is certain.
        self._reading = Lock()
        self._pending = deque()
        self._positions = _parse(self._delivered_to, len(self._positions))

    @property
    def cursor(self) -> str:
        """Where to go on after what was delivered so far, and after whatever nobody wanted since then."""
        return self._delivered_to if self._pending else _text(self._positions)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __next__(self) -> ActivityEvent:
        while not self._closed:
            if self._pending:
                event = self._pending.popleft()
                self._delivered_to = event.cursor
                return event
            moved = self._look()
            if not moved and not self._follow:
                break
            if not self._pending:
                self._wakeup.wait(BUSY_SECONDS if moved or self._moved else IDLE_SECONDS)
            self._moved = moved
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Let whoever iterates stop, within a second."""
        self._closed = True
        self._hang_up()
        with self._reading:
            pass  # a read that is under way in another thread is finished first

    def _look(self) -> bool:
        try:
            with self._reading:
                if self._closed:
                    return False
                found, reached = self._log.follow(self._positions, self._filter)
        except EngineClosed:
            self.close()
            return False
        except (StoreUnavailable, StoreBusy) as error:
            if not self._follow:
                raise
            _logger.warning("cannot follow the log, trying again: %s", error)
            return False
        moved = reached != self._positions
        self._pending.extend(map(self._delivered, found))
        self._positions = dict(reached)
        return moved

    def _delivered(self, found: FollowedEvent) -> ActivityEvent:
        event = found.event
        self._positions[found.partition] = found.position
        return ActivityEvent(
            uuid=str(found.customer),
            action=event.action,
            time=to_datetime(event.time),
            params=event.params,
            event_id=str(event.event_id),
            received_at=to_datetime(event.received_at),
            claimed_time=to_datetime_if_any(event.claimed_time),
            cursor=_text(self._positions),
        )


def _text(positions: Mapping[int, int]) -> str:
    return ".".join(str(positions[partition]) for partition in sorted(positions))


def _parse(cursor: str, partitions: int) -> dict[int, int]:
    if cursor == START:
        return dict.fromkeys(range(partitions), 0)
    parts = cursor.split(".") if isinstance(cursor, str) else []
    if len(parts) != partitions or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        raise InvalidArgument(f"a cursor is {START!r} or what an event of this store brought, not {cursor!r:.80}")
    return dict(enumerate(map(int, parts)))
