"""The cache of customers' states has a bound, and is never trusted when it is stale."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from footfall.application.ingest.state_cache import StateCache
from footfall.application.ports.log import CATALOGUE_PARTITION
from footfall.application.ports.vocabulary import DEFAULT_BOUNDS
from footfall.domain.attributes import Attribute
from footfall.domain.customer import Customer
from footfall.domain.moments import HOUR
from footfall.domain.sessions import single
from footfall.testing.contents import Contents
from footfall.testing.transaction import InMemoryTransaction
from tests.application.watched_log import PARTITIONS, WatchedLog
from tests.builders import NOON, uid, visit


def regular(sessions: int) -> Customer:
    """A customer who came so many times."""
    return Customer(
        sessions, sessions=tuple(single(visit(NOON + n * HOUR, n), with_page=False) for n in range(sessions))
    )


def told(number: int) -> Customer:
    """A customer of whom values of all kinds are known."""
    values: list[Any] = ["é", 2**53 - 1, -0.5, True, None, {"a": [1, {"b": []}]}, ""]
    named = {str(at): Attribute(NOON, uid(at), value, at % 2) for at, value in enumerate(values)}
    return msgspec.structs.replace(regular(number % 5), attributes=named, forgotten=number, forgotten_until=-number)


class Reader(InMemoryTransaction):
    """Begins and ends where some partitions stand at a position, all unless said, and tells which customers were not in
    the cache."""

    def __init__(self, head: int, *partitions: int) -> None:
        super().__init__(
            Contents(), partitions or range(PARTITIONS), lambda customer: customer.int % PARTITIONS, DEFAULT_BOUNDS
        )
        self.heads = dict.fromkeys(self.heads, head)
        self.missed: list[UUID] = []

    @property
    def reached(self) -> int:
        return max(self.heads.values())

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        self.missed += customers
        return {}


def by_integer(*customers: UUID) -> dict[int, UUID]:
    return {customer.int: customer for customer in customers}


def missed(heads: StateCache, customers: Collection[UUID], head: int = 0) -> set[UUID]:
    reader = Reader(head)
    heads.load(reader, by_integer(*customers))
    return set(reader.missed)


def test_states_of_many_sessions_take_the_room_of_many_customers() -> None:
    customers = [uid(number) for number in range(100)]
    lean, rich = StateCache(WatchedLog(), capacity=200, packed=0), StateCache(WatchedLog(), capacity=200, packed=0)
    for customer in customers:
        lean.committed([(customer, regular(1))], Reader(0))
        rich.committed([(customer, regular(16))], Reader(0))
    assert not missed(lean, customers)
    kept = set(customers) - missed(rich, customers)
    assert 0 < len(kept) * 17 <= 200
    assert customers[-1] in kept


def test_older_states_are_packed_and_come_back_as_they_were() -> None:
    states = StateCache(WatchedLog(), capacity=60)
    customers = {uid(number): told(number) for number in range(200)}
    for customer, state in customers.items():
        states.committed([(customer, state)], Reader(0))
    assert states.load(Reader(0), by_integer(*customers)) == {one.int: state for one, state in customers.items()}
    assert states.supposed(by_integer(*customers), 3) is not None


def test_packed_states_take_no_more_bytes_than_they_may_and_the_oldest_go_first() -> None:
    customers = [uid(number) for number in range(400)]
    states = StateCache(WatchedLog(), capacity=60, packed=30_000)
    for customer in customers:
        states.committed([(customer, regular(2))], Reader(0))
    kept = set(customers) - missed(states, customers)
    # Each takes more than two hundred bytes, and less than four hundred.
    assert 30_000 // 400 // 2 < len(kept) < 60 + 30_000 // 200
    assert not kept.intersection(customers[:200])
    assert kept.issuperset(customers[-30_000 // 400 // 2 :])


def test_a_packed_state_is_forgotten_where_others_wrote_and_replaced_where_its_customer_writes() -> None:
    states = StateCache(WatchedLog(), capacity=2)
    states.committed([(uid(0), regular(1)), (uid(PARTITIONS), regular(1)), (uid(1), regular(1))], Reader(7))
    states.committed([(uid(0), regular(2))], Reader(7))
    assert states.load(Reader(7), by_integer(uid(0), uid(PARTITIONS))) == {
        uid(0).int: regular(2),
        uid(PARTITIONS).int: regular(1),
    }
    assert missed(states, [uid(0), uid(PARTITIONS), uid(1)], head=9) == {uid(0), uid(PARTITIONS), uid(1)}


def test_a_packed_state_whose_session_ended_stays_packed_as_it_stands() -> None:
    states = StateCache(WatchedLog(), capacity=4)
    customers = [uid(PARTITIONS * number) for number in range(8)]
    for customer in customers:
        states.committed([(customer, regular(1))], Reader(7))
    states.committed([(customers[0], regular(3))], Reader(7), adds=False)
    assert states.load(Reader(7), by_integer(customers[0])) == {customers[0].int: regular(3)}


def test_a_customer_who_wrote_again_and_again_takes_room_once_and_is_kept() -> None:
    heads = StateCache(WatchedLog(), capacity=60, packed=0)
    regulars = [uid(number) for number in range(PARTITIONS)]
    for number in range(100, 140):
        heads.committed([(customer, regular(1)) for customer in (*regulars, uid(number))], Reader(0))
    assert not missed(heads, regulars)


def test_what_others_wrote_in_a_partition_is_loaded_anew_and_leaves_its_room() -> None:
    heads = StateCache(WatchedLog(), capacity=100)
    customers = [uid(number) for number in range(40)]
    for reached in range(10):
        heads.committed([(customer, regular(1)) for customer in customers], Reader(reached))
        assert not missed(heads, customers, head=reached)
        assert missed(heads, customers, head=reached + 1) == set(customers)


def test_it_supposes_the_heads_at_which_states_were_known_and_nothing_where_one_is_not() -> None:
    heads = StateCache(WatchedLog())
    heads.committed([(uid(0), regular(1)), (uid(PARTITIONS), regular(1))], Reader(7))
    heads.committed([(uid(1), regular(1))], Reader(8, 1))
    assert heads.supposed(by_integer(uid(PARTITIONS), uid(1)), 3) == {CATALOGUE_PARTITION: 3, 0: 7, 1: 8}
    assert heads.supposed(by_integer(uid(0), uid(2 * PARTITIONS)), 3) is None


def test_a_transaction_that_learns_as_it_ends_of_others_who_wrote_leaves_what_it_wrote_itself() -> None:
    heads = StateCache(WatchedLog())
    heads.committed([(uid(0), regular(1)), (uid(PARTITIONS), regular(1))], Reader(7))
    heads.committed([(uid(0), regular(2))], Reader(9))
    assert missed(heads, [uid(0), uid(PARTITIONS)], head=9) == {uid(PARTITIONS)}


def test_whose_session_ended_is_known_as_it_stands_and_takes_the_room_of_nobody() -> None:
    states = StateCache(WatchedLog(), capacity=60)
    known, unknown = uid(0), uid(PARTITIONS)
    states.committed([(known, regular(1))], Reader(7))
    states.committed([(known, regular(2)), (unknown, regular(1))], Reader(7, 0), adds=False)
    assert states.load(Reader(7), by_integer(known)) == {known.int: regular(2)}
    assert missed(states, [known, unknown], head=7) == {unknown}


def test_of_two_threads_the_one_that_wrote_last_is_believed_whichever_tells_first() -> None:
    states = StateCache(WatchedLog())
    states.committed([(uid(0), regular(2))], Reader(9))
    states.committed([(uid(0), regular(1)), (uid(PARTITIONS), regular(1))], Reader(8))
    assert states.load(Reader(9), by_integer(uid(0), uid(PARTITIONS))) == {uid(0).int: regular(2)}
