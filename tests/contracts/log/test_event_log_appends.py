"""The contract of the event log's port, for every log: what an append holds to, and what it takes back."""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread

import msgspec
import pytest

from footfall.application.ports.errors import AppendConflict
from footfall.application.ports.following import EventFilter
from footfall.application.ports.log import Log
from footfall.application.ports.vocabulary import Rejection, SubmissionKind
from footfall.domain.customer import INITIAL
from footfall.domain.errors import Reason
from footfall.domain.events import CustomerEvent, Recorded
from footfall.domain.history import replay
from footfall.domain.past_sessions import Snapshot
from footfall.domain.sender import SERVER
from tests.contracts.log.streams import activity, append, appends, facts_of, learned, recorded, timeline_of, write
from tests.contracts.support import ALICE, BOB, NOON, named


def test_an_event_id_that_is_stored_is_a_conflict_and_nothing_of_the_batch_is_written(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    again = recorded(ALICE, [activity("b", 1), activity("a", 2)], any_log.state(ALICE))
    with pytest.raises(AppendConflict):
        append(any_log, *recorded(BOB, [activity("c", 0)]), *again)
    assert facts_of(any_log, ALICE) == [activity("a", 0)]
    assert any_log.history(BOB) == []


def test_a_version_that_is_stored_is_a_conflict(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    with pytest.raises(AppendConflict):
        append(any_log, *recorded(ALICE, [activity("b", 1)]))
    assert facts_of(any_log, ALICE) == [activity("a", 0)]


def test_an_event_id_of_one_customer_is_free_for_another(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]), *recorded(BOB, [activity("a", 0)]))
    assert facts_of(any_log, ALICE) == facts_of(any_log, BOB) == [activity("a", 0)]


def test_an_exception_takes_the_whole_transaction_back(any_log: Log) -> None:
    events = recorded(ALICE, [activity("a", 0)])
    with suppress(ZeroDivisionError), any_log.transaction([ALICE]) as transaction:
        write(transaction, appends(events, {ALICE: Snapshot(replay([event.event for event in events]))}))
        raise ZeroDivisionError
    assert any_log.history(ALICE) == []
    assert any_log.state(ALICE) == INITIAL


@pytest.mark.parametrize("count", [1, 2, 500], ids=["none is written", "one", "many"])
def test_what_fails_between_two_streams_takes_the_first_ones_back(any_log: Log, count: int) -> None:
    customers = [named(f"customer {number}") for number in range(count)]
    own = {one: appends(recorded(one, [activity("a", 0)]))[0] for one in customers}
    with (
        suppress(ZeroDivisionError),
        any_log.transaction(customers) as transaction,
        transaction.appending(customers) as appending,
    ):
        assert sorted(appending.customers) == sorted(customers)
        for customer in appending.customers[:-1]:
            appending.write(own[customer])
        raise ZeroDivisionError
    assert [any_log.history(customer) for customer in (customers[0], customers[-1])] == [[], []]
    with any_log.transaction(customers) as transaction:
        write(transaction, list(own.values()))
    assert [any_log.history(customer) for customer in customers] == [list(own[one].events) for one in customers]


def test_an_event_id_that_comes_twice_in_one_append_is_a_conflict(any_log: Log) -> None:
    twice: list[CustomerEvent] = [activity("a", 0), learned("a")]
    with pytest.raises(AppendConflict):
        append(any_log, *(Recorded(ALICE, n, event) for n, event in enumerate(twice, 1)))
    assert any_log.history(ALICE) == []


def test_an_event_may_have_the_id_of_an_announcement(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    (announced,) = (event for event in any_log.history(ALICE) if event not in facts_of(any_log, ALICE))
    same = msgspec.structs.replace(activity("b", 1), event_id=announced.event_id)
    append(any_log, *recorded(ALICE, [same], any_log.state(ALICE)))
    with any_log.transaction([ALICE]) as transaction:
        assert transaction.stored([(ALICE, announced.event_id)]) == {(ALICE, announced.event_id): same}
    with pytest.raises(AppendConflict):
        append(any_log, Recorded(ALICE, any_log.state(ALICE).version + 1, announced))


def test_a_transaction_may_append_several_times(any_log: Log) -> None:
    first, second = recorded(ALICE, [activity("a", 0)]), recorded(BOB, [activity("b", 0)])
    with any_log.transaction([ALICE, BOB]) as transaction:
        write(transaction, appends(first))
        reached = transaction.reached
        write(transaction, appends(second))
        assert transaction.reached > reached
        assert transaction.stored([(ALICE, named("a"))]) == {(ALICE, named("a")): activity("a", 0)}
    assert any_log.history(ALICE) == [event.event for event in first]
    assert any_log.history(BOB) == [event.event for event in second]


def test_an_append_without_events_writes_nothing(any_log: Log) -> None:
    with any_log.transaction([ALICE]) as transaction:
        write(transaction, [])
    assert any_log.state(ALICE) == INITIAL
    assert set(any_log.positions().values()) == {0}


def test_events_of_a_customer_stay_in_order_whoever_else_is_written_to(any_log: Log) -> None:
    alice, bob = (recorded(who, [activity(f"{who} {n}", n) for n in range(9)]) for who in (ALICE, BOB))
    append(any_log, *(event for both in zip(bob, alice, strict=True) for event in both))
    followed, _ = any_log.follow(dict.fromkeys(any_log.positions(), 0), EventFilter())
    for who, events in ((ALICE, alice), (BOB, bob)):
        assert [one.event for one in followed if one.customer == who] == [event.event for event in events]
        assert any_log.history(who) == [event.event for event in events]


def test_an_exception_takes_rejections_and_deadlines_back_too(any_log: Log) -> None:
    refused = Rejection(named("r"), SubmissionKind.EVENT, ALICE, "{}", SERVER, NOON, Reason.CONFLICT, "")
    with suppress(ZeroDivisionError), any_log.transaction([ALICE]) as transaction:
        write(transaction, appends(recorded(ALICE, [activity("a", 0)]), deadlines={ALICE: NOON}))
        transaction.keep([refused], [])
        raise ZeroDivisionError
    assert any_log.rejections(None, 0, None) == []
    assert any_log.overdue_partitions(NOON + 1) == []
    append(any_log, *recorded(ALICE, [activity("a", 0)]))


def test_what_is_not_committed_is_seen_by_nobody_else(any_log: Log) -> None:
    with any_log.transaction([ALICE]) as transaction:
        write(transaction, appends(recorded(ALICE, [activity("a", 0)]), deadlines={ALICE: NOON}))
        assert any_log.history(ALICE) == timeline_of(any_log, ALICE) == []
        assert any_log.overdue_partitions(NOON + 1) == []
        assert set(any_log.positions().values()) == {0}
    assert facts_of(any_log, ALICE) == [activity("a", 0)]


def test_who_writes_to_the_same_partition_waits_for_the_one_who_was_first(any_log: Log) -> None:
    begun = Event()

    def write_later() -> None:
        begun.set()
        append(any_log, *recorded(ALICE, [activity("b", 1)], replay(event.event for event in first)))

    first, later = recorded(ALICE, [activity("a", 0)]), Thread(target=write_later)
    with any_log.transaction([ALICE]) as transaction:
        later.start()
        assert begun.wait(timeout=60)
        later.join(timeout=0.2)
        assert later.is_alive()
        write(transaction, appends(first))
    later.join()
    assert facts_of(any_log, ALICE) == [activity("a", 0), activity("b", 1)]
