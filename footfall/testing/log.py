"""The event log in memory: the `Log` port without a database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from threading import Condition, Lock
from uuid import UUID

from ..application.ports.errors import EngineClosed, StoreBusy
from ..application.ports.following import EventFilter, FollowedEvent
from ..application.ports.log import CATALOGUE_PARTITION, Suppose
from ..application.ports.vocabulary import DEFAULT_BOUNDS, Rejection, RejectionBounds, TimelineEvent
from ..application.running.forks import at_fork
from ..domain.customer import Customer
from ..domain.errors import Reason
from ..domain.events import ActivityRecorded, CatalogueEvent, CustomerEvent, Recorded
from .contents import Contents, StoredEvent
from .transaction import InMemoryTransaction

FOLLOWED = 500
"""At most this many events of a partition are read at once."""

BUSY_SECONDS = 10.0
"""A writer that waits longer for another one gets `StoreBusy`; most likely both are one thread, which would wait for
itself."""


class InMemoryLog:
    """All streams, in `partitions` chosen by the customers' uuids. Threads may share it; it ends with the process.

    Each transaction copies what is there, so that it is meant for the thousands of events of a test, not for millions.
    """

    def __init__(self, partitions: int = 1, rejection_bounds: RejectionBounds = DEFAULT_BOUNDS) -> None:
        self.partitions, self.rejection_bounds = partitions, rejection_bounds
        self.commits = 0
        self._contents, self._closed = Contents(), False
        self._make_anew()
        at_fork(self._make_anew)

    def _make_anew(self) -> None:
        self._writing = Lock()
        self._committed = Condition()

    @property
    def contents(self) -> Contents:
        """What is committed. Raises `EngineClosed`."""
        if self._closed:
            raise EngineClosed("the engine is closed: open another one")
        return self._contents

    def close(self) -> None:
        """Let nobody read or write any more."""
        self._closed = True

    def partition_of(self, stream: UUID) -> int:
        """The partition that holds a customer's stream."""
        return stream.int % self.partitions

    @contextmanager
    def transaction(
        self, customers: Collection[UUID], _suppose: Suppose = lambda: None
    ) -> Iterator[InMemoryTransaction]:
        """Begin an append; commits on leaving, rolls back on an exception."""
        with self._begin({self.partition_of(customer) for customer in customers}) as transaction:
            yield transaction

    def overdue_partitions(self, now: int) -> list[int]:
        """The partitions of customers whose deadline lies before `now` (µs)."""
        deadlines = self.contents.deadlines
        return sorted({self.partition_of(customer) for customer, moment in deadlines.items() if moment < now})

    @contextmanager
    def sweep(self, partition: int) -> Iterator[InMemoryTransaction]:
        """Begin to end sessions in a partition; commits on leaving, rolls back on an exception."""
        with self._begin({partition}) as transaction:
            yield transaction

    def state(self, customer: UUID) -> Customer:
        """A customer's state as the stream has it now."""
        return self.contents.state(customer)

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream, in its order."""
        return self.contents.history(customer)

    def history_until(self, customer: UUID, moment: int) -> list[CustomerEvent]:
        """The events of a customer up to a moment (µs), in no order."""
        return [event for event in self.history(customer) if event.time <= moment]

    def newest(self, customer: UUID, since: int, until: int, limit: int | None) -> list[TimelineEvent]:
        """A customer's activity events and announcements from one moment (µs) on and before another, the newest by
        event time first; those of one moment in any order."""
        shown = (event for event in self.history(customer) if isinstance(event, TimelineEvent))
        found = [event for event in shown if since <= event.time < until]
        return sorted(found, key=attrgetter("time"), reverse=True)[:limit]

    def activity(self) -> Iterator[list[ActivityRecorded]]:
        """The activity events of every customer, one customer after the other."""
        for stream in self.contents.streams.values():
            events = [row.event for row in stream if row.kind is ActivityRecorded]
            if events:
                yield events

    def positions(self) -> dict[int, int]:
        """The last position of every customers' partition."""
        return {partition: self.contents.heads.get(partition, 0) for partition in range(self.partitions)}

    def follow(self, after: Mapping[int, int], wanted: EventFilter) -> tuple[list[FollowedEvent], Mapping[int, int]]:
        """Some of what was committed after a position in each partition, and the positions up to which it was read."""
        found: list[FollowedEvent] = []
        contents = self.contents
        reached = {partition: max(position, contents.heads.get(partition, 0)) for partition, position in after.items()}
        for partition, position in after.items():
            own = (row for row in contents.after(position) if row.partition == partition)
            some = [followed for row in own if (followed := _followed(row, wanted)) is not None][:FOLLOWED]
            if len(some) == FOLLOWED:
                reached[partition] = some[-1].position
            found += some
        return sorted(found, key=lambda one: one.position), reached

    def catalogue(self, after: int) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        """The catalogue's events after a position, in order, and the position of the last; that one where none came."""
        rows = [row for row in self.contents.after(after) if row.partition == CATALOGUE_PARTITION]
        return rows[-1].position if rows else after, [Recorded(row.stream, row.version, row.event) for row in rows]

    def define(self, events: Sequence[Recorded[CatalogueEvent]]) -> None:
        """Append to the catalogue. Raises `AppendConflict` when another writer was first."""
        with self._write() as contents:
            contents.append(CATALOGUE_PARTITION, events)

    def forget_rejections(self, reason: Reason | None, before: int | None) -> int:
        """Forget some of what is kept, the oldest first; returns how many."""
        with self._write() as contents:
            return contents.forget_rejections(reason, before)

    def let_rejections_go(self, now: int) -> int:
        """Forget what is kept beyond the bounds at `now` (µs), and count it; returns how many."""
        with self._write() as contents:
            return contents.let_rejections_go(self.rejection_bounds, now)

    def rejections(self, reason: Reason | None, after: int, limit: int | None) -> list[Rejection]:
        """What is kept, oldest first, from the one after number `after`."""
        kept = [one for one in self.contents.rejections.values() if one.number > after and reason in (None, one.reason)]
        return kept[:limit]

    def wait_for_commit(self, known: int, seconds: float) -> None:
        """Return once there were more than `known` commits, or after so many seconds."""
        with self._committed:
            self._committed.wait_for(lambda: self.commits > known, seconds)

    @contextmanager
    def _begin(self, partitions: Collection[int]) -> Iterator[InMemoryTransaction]:
        with self._write() as contents:
            yield InMemoryTransaction(contents, partitions, self.partition_of, self.rejection_bounds)

    @contextmanager
    def _write(self) -> Iterator[Contents]:
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise StoreBusy(f"another transaction has been under way for longer than {BUSY_SECONDS:.0f} seconds")
        try:
            contents = self.contents.copy()
            yield contents
            self._contents = contents
        finally:
            self._writing.release()
        with self._committed:
            self.commits += 1
            self._committed.notify_all()


def _followed(row: StoredEvent, wanted: EventFilter) -> FollowedEvent | None:
    event, (actions, customer) = row.event, wanted
    if not isinstance(event, TimelineEvent) or (actions is not None and event.action not in actions):
        return None
    return FollowedEvent(row.partition, row.position, row.stream, event) if customer in (None, row.stream) else None
