"""The cache of customers' states has a bound, and is never trusted when it is stale."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from footfall.application.ingest.state_cache import StateCache
from footfall.application.ports.vocabulary import DEFAULT_BOUNDS
from footfall.domain.customer import Customer
from footfall.domain.moments import HOUR
from footfall.domain.sessions import single
from footfall.testing.contents import Contents
from footfall.testing.transaction import InMemoryTransaction
from tests.application.watched_log import PARTITIONS, WatchedLog
from tests.builders import NOON, uid, visit


def regular(sessions: int) -> Customer:
    """A customer who came so many times."""
    return Customer(sessions, sessions=tuple(single(visit(NOON + n * HOUR, n)) for n in range(sessions)))


class Reader(InMemoryTransaction):
    """Tells which customers were not in the cache."""

    def __init__(self) -> None:
        super().__init__(Contents(), range(PARTITIONS), lambda customer: customer.int % PARTITIONS, DEFAULT_BOUNDS)
        self.missed: list[UUID] = []

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        self.missed += customers
        return {}


def missed(heads: StateCache, customers: Collection[UUID], head: int = 0) -> set[UUID]:
    reader = Reader()
    reader.heads = dict.fromkeys(reader.heads, head)
    heads.load(reader, {customer.int: customer for customer in customers})
    return set(reader.missed)


def test_states_of_many_sessions_take_the_room_of_many_customers() -> None:
    customers = [uid(number) for number in range(100)]
    lean, rich = StateCache(WatchedLog(), capacity=200), StateCache(WatchedLog(), capacity=200)
    for customer in customers:
        lean.committed([(customer, regular(1))], 0)
        rich.committed([(customer, regular(16))], 0)
    assert not missed(lean, customers)
    kept = set(customers) - missed(rich, customers)
    assert 0 < len(kept) * 17 <= 200
    assert customers[-1] in kept


def test_a_customer_who_wrote_again_and_again_takes_room_once_and_is_kept() -> None:
    heads = StateCache(WatchedLog(), capacity=60)
    regulars = [uid(number) for number in range(PARTITIONS)]
    for number in range(100, 140):
        heads.committed([(customer, regular(1)) for customer in (*regulars, uid(number))], 0)
    assert not missed(heads, regulars)


def test_what_others_wrote_in_a_partition_is_loaded_anew_and_leaves_its_room() -> None:
    heads = StateCache(WatchedLog(), capacity=100)
    customers = [uid(number) for number in range(40)]
    for reached in range(10):
        heads.committed([(customer, regular(1)) for customer in customers], reached)
        assert not missed(heads, customers, head=reached)
        assert missed(heads, customers, head=reached + 1) == set(customers)
