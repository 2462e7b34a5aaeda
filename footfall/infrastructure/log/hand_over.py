"""What this process has just committed, kept as it was decided: who folds it next need not read it from the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from uuid import UUID

import msgspec

from ...application.ports.log import StreamAppend
from ...application.running.forks import at_fork
from ...domain.events import CustomerEvent

MOST_HELD = 20_000
"""So many events are held at most. Beyond that nobody folds them, and none is held until somebody does again."""

MOST_BYTES = 1_024
"""A commit whose events take more than this each, as they are stored, is not held."""


class StreamEvents(msgspec.Struct, frozen=True, gc=False):
    """What was written to a customer's stream, in order. Not the whole append, whose snapshot may be large."""

    customer: UUID
    events: Sequence[CustomerEvent]


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """All that a partition holds after the row at `head` and up to the position `reached`, of each stream in its order.

    No row lies after `head` and up to `begin`: a cursor between these two, or at one of them, has seen all that was
    before, and nothing of this. Any other one has not.
    """

    head: int
    begin: int
    reached: int
    events: int
    streams: Sequence[StreamEvents]


class HandOver:
    """A bounded memory of stretches of the log, by partition. Threads share it; a child that is forked begins without.

    Nothing is held before somebody folds: a process that leaves the views to others remembers nothing for them.
    """

    def __init__(self, partition_of: Callable[[UUID], int]) -> None:
        self._partition_of = partition_of
        self._begin()
        at_fork(self._begin)

    def _begin(self) -> None:
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._wanted, self._held = False, 0
        self._stretches: dict[int, deque[Stretch]] = {}
        self._ends: dict[int, int] = {}

    def forget(self) -> None:
        """Let go of all, and hold nothing until somebody folds again."""
        with self._lock:
            self._forget()

    def committed(self, heads: Mapping[int, int], reached: int, written: Sequence[StreamAppend], stored: int) -> None:
        """Remember what a transaction wrote, once it is committed. The last rows of its partitions were at `heads`, it
        was given positions up to `reached`, and all of it took `stored` bytes."""
        if not self._wanted:
            return
        number = sum([len(one.events) for one in written])
        if not number or stored > MOST_BYTES * number:
            return
        partitions: dict[int, list[StreamEvents]] = {}
        for one in written:
            own = StreamEvents(one.customer, one.events)
            partitions.setdefault(self._partition_of(one.customer), []).append(own)
        with self._lock:
            if self._held + number > MOST_HELD:
                self._forget()
                return
            for partition, streams in partitions.items():
                self._add(partition, heads[partition], reached, streams)

    def _add(self, partition: int, head: int, reached: int, streams: Sequence[StreamEvents]) -> None:
        end = self._ends.get(partition, 0)
        if reached <= end:
            return  # the thread that wrote after it was here first: what lies between is not known any more
        # Where nobody else has written since, there is no row between the last of ours and where we ended.
        number = sum([len(own.events) for own in streams])
        stretch = Stretch(head, max(head, end), reached, number, streams)
        self._stretches.setdefault(partition, deque()).append(stretch)
        self._ends[partition] = reached
        self._held += number

    def after(self, cursors: Mapping[int, int], heads: Mapping[int, int], limit: int) -> dict[int, list[Stretch]]:
        """The stretches that follow a cursor right away, by partition: those which the log, whose last rows are at
        `heads`, has been seen to hold; about `limit` events. What lies before a cursor is let go of."""
        share = -(-limit // len(cursors)) if cursors else 0
        with self._lock:
            self._wanted = True
            found = {at: self._following(at, cursor, heads[at], share) for at, cursor in cursors.items()}
        return {partition: stretches for partition, stretches in found.items() if stretches}

    def folded(self, stretches: Mapping[int, Sequence[Stretch]]) -> None:
        """Let go of stretches at once, so that there is room for what comes before anybody asks again."""
        with self._lock:
            for partition, those in stretches.items():
                self._let_go(self._stretches.get(partition, deque()), those[-1].reached)

    def _let_go(self, held: deque[Stretch], upto: int) -> None:
        while held and held[0].reached <= upto:
            self._held -= held.popleft().events

    def _following(self, partition: int, cursor: int, last: int, share: int) -> list[Stretch]:
        held = self._stretches.get(partition, deque())
        self._let_go(held, cursor)
        while len(held) > 1 and held[1].head <= cursor:
            self._let_go(held, held[0].reached)
        found: list[Stretch] = []
        for one in held:
            if share <= 0 or not one.head <= cursor <= one.begin < last:
                break
            found.append(one)
            cursor, share = one.reached, share - one.events
        return found
