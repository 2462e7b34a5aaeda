"""An append to a log in memory, under way: the `AppendTransaction` and `SweepTransaction` ports."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from uuid import UUID

from ..application.ports.log import CATALOGUE_PARTITION
from ..application.ports.vocabulary import Rejection
from ..domain.customer import Customer
from ..domain.events import CustomerEvent, Fact, Recorded
from .contents import Contents


class InMemoryTransaction:
    """Reads and changes `contents` of its own, which nobody else sees before it commits."""

    def __init__(self, contents: Contents, partitions: Collection[int], partition_of: Callable[[UUID], int]) -> None:
        self._contents, self._partitions, self._partition_of = contents, partitions, partition_of
        self.heads: Mapping[int, int] = {one: contents.heads.get(one, 0) for one in (CATALOGUE_PARTITION, *partitions)}

    @property
    def reached(self) -> int:
        """The last position of the log; what others write later comes after it."""
        return self._contents.position

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        """The states of customers that have a stream."""
        return {one: self._contents.state(one) for one in customers if one in self._contents.streams}

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream."""
        return self._contents.history(customer)

    def stored(self, ids: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Fact]:
        """The facts already stored under (customer, event id)."""
        facts = ((key, self._contents.fact(*key)) for key in ids)
        return {key: fact for key, fact in facts if fact is not None}

    def holds(self, partition: int, after: int, upto: int) -> bool:
        """Whether a partition holds an event after one position and up to another."""
        return any(row.partition == partition and row.position <= upto for row in self._contents.after(after))

    def append(
        self,
        events: Sequence[Recorded[CustomerEvent]],
        snapshots: Mapping[UUID, Customer],
        deadlines: Mapping[UUID, int],
    ) -> None:
        """Write events, and with them snapshots and deadlines (µs). Raises `AppendConflict`."""
        if not events:
            return
        for partition, together in groupby(events, key=lambda one: self._partition_of(one.originator_id)):
            self._contents.append(partition, together)
        for customer, state in snapshots.items():
            self._contents.save_snapshot(customer, state)
        known = self._contents.deadlines
        known |= {customer: min(moment, known.get(customer, moment)) for customer, moment in deadlines.items()}

    def keep(self, rejections: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, and forget those that were re-driven."""
        self._contents.keep(rejections)
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

    def postpone(self, deadlines: Mapping[UUID, int | None]) -> None:
        """Replace the deadlines (µs) of customers, or forget them."""
        for customer, moment in deadlines.items():
            if moment is None:
                del self._contents.deadlines[customer]
            else:
                self._contents.deadlines[customer] = moment
