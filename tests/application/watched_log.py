"""The log in memory, which also tells what was asked of it and what it holds, and can break down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from footfall.application.ports.log import CATALOGUE_PARTITION
from footfall.application.ports.vocabulary import Rejection
from footfall.domain.customer import Customer
from footfall.domain.errors import FootfallError
from footfall.domain.events import CatalogueEvent, CustomerEvent, Recorded
from footfall.domain.sessions import Session
from footfall.domain.spans import WITHOUT_END, Span
from footfall.testing.log import InMemoryLog
from footfall.testing.transaction import InMemoryTransaction

PARTITIONS = 2


class WatchedLog(InMemoryLog):
    """`transactions` counts those that were begun, `swept` has the partitions of sweeps, `recalled` how many past
    sessions were read, each time that any were asked for, `loaded` whose states were. It raises what
    `broken_before_commit` and `broken_after_commit` hold."""

    def __init__(self) -> None:
        super().__init__(PARTITIONS)
        self.transactions = 0
        self.swept: list[int] = []
        self.recalled: list[int] = []
        self.loaded: list[UUID] = []
        self.broken_before_commit: list[FootfallError] = []
        self.broken_after_commit: list[FootfallError] = []

    @property
    def streams(self) -> dict[UUID, list[CustomerEvent]]:
        customers = dict.fromkeys(row.stream for row in self.contents.rows if row.partition != CATALOGUE_PARTITION)
        return {customer: self.history(customer) for customer in customers}

    @property
    def snapshots(self) -> dict[UUID, Customer]:
        return {customer: self.contents.snapshot(customer) for customer in self.contents.snapshots}

    def sessions(self, customer: UUID) -> list[Session]:
        """Past sessions and those of the state: all of a customer."""
        past = self.contents.past_sessions(customer, [Span(-WITHOUT_END)])
        return [*past, *self.state(customer).sessions]

    @property
    def definitions(self) -> list[Recorded[CatalogueEvent]]:
        return self.catalogue(0)[1]

    @property
    def deadlines(self) -> dict[UUID, int]:
        return self.contents.deadlines

    @property
    def kept(self) -> list[Rejection]:
        return self.rejections(None, 0, None)

    @contextmanager
    def sweep(self, partition: int) -> Iterator[InMemoryTransaction]:
        self.swept.append(partition)
        with super().sweep(partition) as begun:
            yield begun

    @contextmanager
    def _begin(self, partitions: Collection[int]) -> Iterator[InMemoryTransaction]:
        self.transactions += 1
        with self._write() as contents:
            yield WatchedTransaction(
                (self.recalled, self.loaded), contents, partitions, self.partition_of, self.rejection_bounds
            )
            _break(self.broken_before_commit)
        _break(self.broken_after_commit)


class WatchedTransaction(InMemoryTransaction):
    """Notes how many past sessions it reads, each time, and whose states."""

    def __init__(self, notes: tuple[list[int], list[UUID]], *arguments: Any) -> None:
        super().__init__(*arguments)
        self._recalled, self._loaded = notes

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        self._loaded += customers
        return super().states(customers)

    def past_sessions(self, spans: Mapping[UUID, Sequence[Span]]) -> dict[UUID, list[Session]]:
        return self._noted(super().past_sessions(spans))

    def open_past_sessions(self, customers: Collection[UUID], limit: int) -> dict[UUID, list[Session]]:
        return self._noted(super().open_past_sessions(customers, limit))

    def _noted(self, found: dict[UUID, list[Session]]) -> dict[UUID, list[Session]]:
        self._recalled.append(sum(map(len, found.values())))
        return found


def _break(errors: list[FootfallError]) -> None:
    if errors:
        raise errors.pop()
