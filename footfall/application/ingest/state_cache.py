"""The states of customers that wrote of late, kept between batches so that they need not be loaded again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from threading import Lock
from uuid import UUID

from ...domain.customer import Customer
from ..ports.log import CATALOGUE_PARTITION, AppendTransaction, Log
from ..running.bounded_cache import BoundedCache
from ..running.forks import at_fork
from .packed_states import PackedStates

PACKED_BYTES = 80 * 1024 * 1024
"""Of older states so many bytes are kept at most, packed; those beyond are loaded again when they are needed."""


class StateCache:
    """A bounded cache of customers' states, which threads may share. It is trusted for a partition only while nobody
    else wrote there.

    `capacity` counts sessions and attributes, which states are made of: some hold many. Older states are packed, of
    which `packed` bytes are kept.
    """

    def __init__(self, log: Log, capacity: int = 64_000, packed: int = PACKED_BYTES) -> None:
        self._log, self._capacity, self._packed_capacity = log, capacity, packed
        self._forget_all()
        at_fork(self._forget_all)  # a thread that is not in the child may have been remembering states

    def _forget_all(self) -> None:
        self._lock = Lock()
        self._size = 0
        self._partitions: dict[int, BoundedCache[int, Customer]] = {}
        self._packed = PackedStates(self._packed_capacity)
        self._seen: dict[int, int] = {}

    def load(self, transaction: AppendTransaction, customers: Mapping[int, UUID]) -> dict[int, Customer]:
        """The states of those of `customers` that have a stream, as the transaction sees them; both by the integers of
        the uuids."""
        states: dict[int, Customer] = {}
        nothing: Mapping[int, Customer] = {}
        missing = []
        with self._lock:
            self._forget_stale(transaction)
            for key, customer in customers.items():
                partition = self._log.partition_of(customer)
                state = self._partitions.get(partition, nothing).get(key) or self._packed.get(partition, key)
                if state is None:
                    missing.append(customer)
                else:
                    states[key] = state
        return states | _loaded(transaction, missing) if missing else states

    def supposed(self, customers: Mapping[int, UUID], catalogue: int) -> dict[int, int] | None:
        """The heads of their partitions for which the states of customers are known, and the catalogue's; None where
        one is not known."""
        heads = {CATALOGUE_PARTITION: catalogue}
        with self._lock:
            for key, customer in customers.items():
                partition = self._log.partition_of(customer)
                if key not in self._partitions.get(partition, ()) and (partition, key) not in self._packed:
                    return None
                heads[partition] = self._seen[partition]
        return heads

    def committed(
        self, states: Iterable[tuple[UUID, Customer]], transaction: AppendTransaction, *, adds: bool = True
    ) -> None:
        """Remember states that a transaction wrote, and the position after which others have written; unless it `adds`,
        only the states of customers that are remembered."""
        reached = transaction.reached
        with self._lock:
            self._forget_stale(transaction)  # it may have learnt of others who wrote only as it ended
            for partition, own in self._by_partition(states).items():
                if reached < self._seen.get(partition, -1):
                    continue  # another thread has written there since, and was quicker to tell
                # Of the others, which were not locked, it is not known who else wrote there.
                self._seen[partition] = reached
                self._remember(partition, own, adds=adds)
            if self._size > self._capacity:
                self._make_room()

    def _by_partition(self, states: Iterable[tuple[UUID, Customer]]) -> dict[int, list[tuple[int, Customer]]]:
        found: dict[int, list[tuple[int, Customer]]] = {}
        for customer, state in states:
            found.setdefault(self._log.partition_of(customer), []).append((customer.int, state))
        return found

    def _remember(self, partition: int, states: Iterable[tuple[int, Customer]], *, adds: bool) -> None:
        known = self._partitions.setdefault(partition, BoundedCache())
        for key, state in states:
            # Taken out first, so that those who wrote last come last.
            before = known.pop(key, None) if adds else known.get(key)
            if before is None and self._packed.drop(partition, key) and not adds:
                self._packed.put(partition, [(key, state)])
            if adds or before is not None:
                known[key] = state
                self._size += _size(state) - (_size(before) if before else 0)

    def _forget_stale(self, transaction: AppendTransaction) -> None:
        for partition, head in transaction.heads.items():
            if head > self._seen.get(partition, head):  # where nothing was seen, nothing is remembered
                self._size -= sum(map(_size, self._partitions.pop(partition, {}).values()))
                self._packed.forget(partition)

    def _make_room(self) -> None:
        for partition, known in self._partitions.items():
            older = known.take_older_half()
            self._size -= sum([_size(state) for _, state in older])
            self._packed.put(partition, older)


class Unremembered:
    """Stands where the cache would: states that may be rolled back are loaded anew each time."""

    def load(self, transaction: AppendTransaction, customers: Mapping[int, UUID]) -> dict[int, Customer]:
        """All of them from the log."""
        return _loaded(transaction, customers.values()) if customers else {}

    def supposed(self, customers: Mapping[int, UUID], catalogue: int) -> None:
        """Nothing is."""

    def committed(
        self, states: Iterable[tuple[UUID, Customer]], transaction: AppendTransaction, *, adds: bool = True
    ) -> None:
        """Nothing is remembered."""


States = StateCache | Unremembered


def _loaded(transaction: AppendTransaction, customers: Collection[UUID]) -> dict[int, Customer]:
    return {customer.int: state for customer, state in transaction.states(customers).items()}


def _size(state: Customer) -> int:
    return 1 + len(state.sessions) + len(state.attributes)
