"""An append to a log in memory, under way: the `AppendTransaction` and `SweepTransaction` ports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

from ..application.ports.log import CATALOGUE_PARTITION, StreamAppend
from ..application.ports.vocabulary import Rejection, RejectionBounds
from ..domain.customer import Customer
from ..domain.events import Fact, Recorded
from ..domain.sessions import Session
from ..domain.spans import Span
from .contents import Contents


class AppendingInMemory:
    """What is being written to streams; of no bytes, since events are kept as they are."""

    bytes = 0

    def __init__(self, customers: Sequence[UUID], write: Callable[[StreamAppend], None]) -> None:
        self.customers, self.write = customers, write


class InMemoryTransaction:
    """Reads and changes `contents` of its own, which nobody else sees before it commits."""

    def __init__(
        self,
        contents: Contents,
        partitions: Collection[int],
        partition_of: Callable[[UUID], int],
        bounds: RejectionBounds,
    ) -> None:
        self._contents, self._partitions, self._partition_of = contents, partitions, partition_of
        self._bounds = bounds
        self.heads: Mapping[int, int] = {one: contents.heads.get(one, 0) for one in (CATALOGUE_PARTITION, *partitions)}

    @property
    def reached(self) -> int:
        """The last position of the log; what others write later comes after it."""
        return self._contents.position

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        """The states of customers that have a stream."""
        return {one: self._contents.state(one) for one in customers if one in self._contents.streams}

    def past_sessions(self, spans: Mapping[UUID, Sequence[Span]]) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose deadlines lie in spans, and the first one after each span: sorted, none
        twice."""
        return {customer: self._contents.past_sessions(customer, own) for customer, own in spans.items()}

    def stored(self, ids: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Fact]:
        """The facts already stored under (customer, event id)."""
        facts = ((key, self._contents.fact(*key)) for key in ids)
        return {key: fact for key, fact in facts if fact is not None}

    def holds(self, partition: int, after: int, upto: int) -> bool:
        """Whether a partition holds an event after one position and up to another."""
        return any(row.partition == partition and row.position <= upto for row in self._contents.after(after))

    @contextmanager
    def appending(self, customers: Collection[UUID]) -> Iterator[AppendingInMemory]:
        """Begin to write to the streams of some customers, which ends on leaving. Raises `AppendConflict`."""
        yield AppendingInMemory(sorted(customers, key=self._key()), self._write)

    def _write(self, append: StreamAppend) -> None:
        known = self._contents.deadlines
        numbered = enumerate(append.events, append.version + 1)
        recorded = [Recorded(append.customer, version, event) for version, event in numbered]
        self._contents.append(self._partition_of(append.customer), recorded)
        if append.snapshot is not None:
            self._contents.save_snapshot(append.customer, append.snapshot)
        if append.deadline is not None:
            known[append.customer] = min(append.deadline, known.get(append.customer, append.deadline))

    def _key(self) -> Callable[[UUID], tuple[int, int]]:
        # A database writes in the order of the log's keys: by partition, and in it by the age of streams.
        ages = {stream: age for age, stream in enumerate(self._contents.streams)}
        return lambda customer: (self._partition_of(customer), ages.get(customer, len(ages)))

    def keep(self, rejections: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, forget those that were re-driven, hold the bounds."""
        self._contents.keep(rejections, self._bounds)
        for rejection_id in released:
            self._contents.rejections.pop(rejection_id, None)

    def overdue(self, now: int, limit: int) -> list[UUID]:
        """Customers whose deadline lies before `now` (µs), those who wait longest first."""
        deadlines = self._contents.deadlines
        waiting = [
            customer
            for customer, moment in deadlines.items()
            if moment < now and self._partition_of(customer) in self._partitions
        ]
        return sorted(waiting, key=deadlines.__getitem__)[:limit]

    def open_past_sessions(self, customers: Collection[UUID], limit: int) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose end is not announced: the first `limit` of each, sorted."""
        return {customer: self._contents.open_past_sessions(customer, limit) for customer in customers}

    def postpone(self, deadlines: Mapping[UUID, int | None]) -> None:
        """Replace the deadlines (µs) of customers, or forget them."""
        for customer, moment in deadlines.items():
            if moment is None:
                del self._contents.deadlines[customer]
            else:
                self._contents.deadlines[customer] = moment
