"""The states of customers that wrote of late, kept between batches so that they need not be loaded again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from uuid import UUID

from ...domain.customer import Customer
from ..ports.log import AppendTransaction, Log
from ..running.bounded_cache import BoundedCache


class StateCache:
    """A bounded cache of customers' states. It is trusted for a partition only while nobody else wrote there.

    `capacity` counts sessions and attributes, which states are made of: some hold many.
    """

    def __init__(self, log: Log, capacity: int = 125_000) -> None:
        self._log, self._capacity = log, capacity
        self._partitions: dict[int, BoundedCache[UUID, Customer]] = {}
        self._seen: dict[int, int] = {}

    def load(self, transaction: AppendTransaction, customers: Collection[UUID]) -> dict[UUID, Customer]:
        """The states of those of `customers` that have a stream, as the transaction sees them."""
        for partition, head in transaction.heads.items():
            if head > self._seen.get(partition, -1):
                self._partitions.pop(partition, None)
        states: dict[UUID, Customer] = {}
        missing = []
        for customer in customers:
            known = self._partitions.get(self._log.partition_of(customer))
            state = None if known is None else known.get(customer)
            if state is None:
                missing.append(customer)
            else:
                states[customer] = state
        if missing:
            states.update(transaction.states(missing))
        return states

    def committed(self, states: Mapping[UUID, Customer], reached: int) -> None:
        """Remember states that a transaction wrote, and the position after which others have written."""
        for customer, state in states.items():
            partition = self._log.partition_of(customer)
            # Of the others, which were not locked, it is not known who else wrote there.
            self._seen[partition] = reached
            known = self._partitions.get(partition)
            if known is None:
                known = self._partitions[partition] = BoundedCache(weigh=_weight)
            known.put(customer, state)
        if sum(known.size for known in self._partitions.values()) > self._capacity:
            for known in self._partitions.values():
                known.forget_older_half()


def _weight(state: Customer) -> int:
    return 1 + len(state.sessions) + len(state.attributes)
