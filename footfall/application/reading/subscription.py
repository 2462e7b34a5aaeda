"""Listening: activity events as they are committed, whichever process wrote them, from a cursor that can be stored."""

from __future__ import annotations

import time
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
from ..running.loggers import SUBSCRIPTIONS
from .answers import ActivityEvent

LogRead = tuple[list[FollowedEvent], Mapping[int, int]]
"""Events that were read, and the position of each partition up to which they were."""

OUT_OF_REACH = "cannot follow the log, trying again: %s"

START = "start"
"""The cursor before the first event of the log."""

IDLE_SECONDS = 1.0
"""Look at the log after this many seconds without a wake-up, which can be lost."""

BUSY_SECONDS = 0.06
"""Look again so soon after something came: more may follow without a wake-up of its own (see `NOTIFY_SECONDS`)."""


class Pace:
    """How long a follower waits: `BUSY_SECONDS` until so much time has passed since something came, then longer. A
    wake-up that is about what it has seen already may end a wait early."""

    def __init__(self) -> None:
        self._moved_at = float("-inf")

    def seconds(self, idle_seconds: float, *, moved: bool) -> float:
        """For how long to wait after a look, which found that the log had `moved` on or not."""
        now = time.monotonic()
        if moved:
            self._moved_at = now
        return BUSY_SECONDS if now - self._moved_at < BUSY_SECONDS else idle_seconds


class LogReading:
    """How far a follower of the log has come; what it has read and not delivered yet waits here. Reading changes
    nothing, so that it may be given up and done again."""

    def __init__(self, log: Log, event_filter: EventFilter, after: str | None) -> None:
        self._log, self._filter = log, event_filter
        self.positions = log.positions() if after is None else _parse(after, log.partitions)
        self._pending: deque[ActivityEvent] = deque()
        self._delivered_to = _text(self.positions)

    @property
    def cursor(self) -> str:
        """Where to go on after what was delivered so far, and after whatever nobody wanted since then."""
        return self._delivered_to if self._pending else _text(self.positions)

    @property
    def only(self) -> int | None:
        """The one partition in which there can be anything that is wanted; None: it may be in any."""
        return None if self._filter.customer is None else self._log.partition_of(self._filter.customer)

    @property
    def idle(self) -> bool:
        """Whether all that was read is delivered."""
        return not self._pending

    def next(self) -> ActivityEvent | None:
        """The next event of those that were read; None if there is none left."""
        if not self._pending:
            return None
        event = self._pending.popleft()
        self._delivered_to = event.cursor
        return event

    def read(self) -> LogRead:
        """Some of what was committed after what was read before."""
        return self._log.follow(self.positions, self._filter)

    def take(self, read: LogRead) -> bool:
        """Put what was read up for delivery; tells whether the log had moved on."""
        found, reached = read
        moved = reached != self.positions
        self._pending.extend(map(self._delivered, found))
        self.positions = dict(reached)
        return moved

    def go_back(self) -> None:
        """To what was delivered last: the rest is read again."""
        self._pending = deque()
        self.positions = _parse(self._delivered_to, len(self.positions))

    def _delivered(self, found: FollowedEvent) -> ActivityEvent:
        event = found.event
        self.positions[found.partition] = found.position
        return ActivityEvent(
            uuid=str(found.customer),
            action=event.action,
            time=to_datetime(event.time),
            params=event.params,
            event_id=str(event.event_id),
            received_at=to_datetime(event.received_at),
            claimed_time=to_datetime_if_any(event.claimed_time),
            cursor=_text(self.positions),
        )


class Subscription(Iterator[ActivityEvent]):
    """Activity events in the order of the log for each customer, each with the cursor after it; at least once.

    Iterating waits for events to come; with `follow` off it ends at the head of the log. Close it, or leave its `with`
    block, from whichever thread. A store that is out of reach meanwhile is waited for.
    """

    def __init__(self, reading: LogReading, wakeup: Wakeup, *, follow: bool = True) -> None:
        self._log, self._wakeup, self._follow = reading, wakeup, follow
        self._pace, self._closed = Pace(), False
        self._reading = Lock()
        self._hang_up = finalize(self, wakeup.close)  # also for whoever leaves a loop and forgets to close
        at_fork(self._in_child)

    def _in_child(self) -> None:
        # Another thread may have been moving on, by half: what was delivered is certain.
        self._reading = Lock()
        self._log.go_back()

    @property
    def cursor(self) -> str:
        """Where to go on after what was delivered so far, and after whatever nobody wanted since then."""
        return self._log.cursor

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __next__(self) -> ActivityEvent:
        while not self._closed:
            event = self._log.next()
            if event is not None:
                return event
            moved = self._look()
            if not moved and not self._follow:
                break
            seconds = self._pace.seconds(IDLE_SECONDS, moved=moved)
            if self._log.idle:
                self._wakeup.wait(seconds)
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
                read = self._log.read()
        except EngineClosed:
            self.close()
            return False
        except (StoreUnavailable, StoreBusy) as error:
            if not self._follow:
                raise
            SUBSCRIPTIONS.warning(OUT_OF_REACH, error)
            return False
        return self._log.take(read)


def _text(positions: Mapping[int, int]) -> str:
    return ".".join(str(positions[partition]) for partition in sorted(positions))


def _parse(cursor: str, partitions: int) -> dict[int, int]:
    if cursor == START:
        return dict.fromkeys(range(partitions), 0)
    parts = cursor.split(".") if isinstance(cursor, str) else []
    if len(parts) != partitions or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        raise InvalidArgument(f"a cursor is {START!r} or what an event of this store brought, not {cursor!r:.80}")
    return dict(enumerate(map(int, parts)))
