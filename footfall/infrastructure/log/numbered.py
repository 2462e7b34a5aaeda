"""Sequences of events that are read by number: a page of one, and following one as it grows."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID
from weakref import finalize

from ...application.ports.errors import EngineClosed, StoreBusy, StoreUnavailable
from ...application.ports.following import Wakeup
from ...application.reading.subscription import IDLE_SECONDS, Pace
from ...application.running.forks import at_fork
from ...application.running.loggers import SUBSCRIPTIONS

PAGE = 500
"""A follower reads at most so many events at once."""
_WINDOW = 1_000
_WINDOW_OF_TOPICS = 10_000
"""One statement looks at so many numbers, however seldom the topics are that are asked for: it has no index of them."""


class NumberedEvent(NamedTuple):
    """A stored event and its number in the sequence; one that is to be stored has none yet."""

    originator: UUID | str
    version: int
    topic: str
    state: bytes
    number: int = 0


class NumberedSequence(Protocol):
    """Events in an order that is never changed afterwards; numbers may have gaps."""

    def settled(self, known: int) -> int:
        """A number up to which every event is there to be read, at least `known`, which was one before."""

    def last(self) -> int | None:
        """The number of the last event that may be read by now, None where there is none."""

    def window(self, after: int, upto: int, limit: int, topics: Sequence[str]) -> list[NumberedEvent]:
        """Events after one number and up to another, which must be settled; of some topics, if any are named."""

    def stream(
        self, originator: UUID | str, gt: int | None, lte: int | None, limit: int | None, *, desc: bool
    ) -> list[NumberedEvent]:
        """A stream in the order of its versions: above `gt`, up to `lte`."""


def page(
    sequence: NumberedSequence, after: int, stop: int | None, limit: int, topics: Sequence[str]
) -> list[NumberedEvent]:
    """As many events after a number as there are, at most `limit`; none after `stop`."""
    settled = sequence.settled(0)
    end = settled if stop is None else min(stop, settled)
    found: list[NumberedEvent] = []
    while after < end and len(found) < limit:
        upto = min(end, after + _window(topics))
        found += sequence.window(after, upto, limit - len(found), topics)
        after = upto
    return found


def _window(topics: Sequence[str]) -> int:
    return _WINDOW_OF_TOPICS if topics else _WINDOW


class Follower:
    """Events of a sequence on from a number, waited for. A store that is out of reach meanwhile is waited for, too."""

    def __init__(self, sequence: NumberedSequence, wakeup: Wakeup, after: int, topics: Sequence[str]) -> None:
        self._sequence, self._wakeup, self._topics = sequence, wakeup, topics
        self._after = self._settled = self._delivered = after
        self._pending: deque[NumberedEvent] = deque()
        self._pace, self._stopped = Pace(), False
        self._hang_up = finalize(self, wakeup.close)  # also for whoever forgets to stop
        at_fork(self._in_child)

    def _in_child(self) -> None:
        # Another thread may have been moving on, by half: what was delivered is certain.
        self._pending = deque()
        self._after = self._delivered

    def next(self) -> NumberedEvent | None:
        """The next event when there is one; None once it was stopped."""
        while not self._stopped:
            if self._pending:
                event = self._pending.popleft()
                self._delivered = event.number
                return event
            before = self._after
            at_end = self._look()
            seconds = self._pace.seconds(IDLE_SECONDS, moved=self._after > before)
            if at_end and not self._pending:
                self._wakeup.wait(seconds)
        return None

    def stop(self) -> None:
        """Let whoever waits for the next event return, within a second."""
        self._stopped = True
        self._hang_up()

    def _look(self) -> bool:
        try:
            if self._after >= self._settled:
                self._settled = self._sequence.settled(self._settled)
            upto = min(self._settled, self._after + _window(self._topics))
            found = self._sequence.window(self._after, upto, PAGE, self._topics) if upto > self._after else []
        except EngineClosed:
            self.stop()
            return True
        except (StoreUnavailable, StoreBusy) as error:
            SUBSCRIPTIONS.warning("cannot follow the log, trying again: %s", error)
            return True
        self._pending.extend(found)
        self._after = found[-1].number if len(found) == PAGE else upto
        return self._after >= self._settled
