"""The contract of the event log's port, for every log: how streams are written and read."""

from __future__ import annotations

from typing import Any

import msgspec

from footfall.application.ports.log import CATALOGUE_PARTITION, Log
from footfall.domain.customer import INITIAL
from footfall.domain.events import AttributesUpdated, CustomerEvent, Recorded
from footfall.domain.history import replay
from footfall.domain.past_sessions import Snapshot
from tests.contracts.log.streams import (
    activity,
    append,
    appends,
    facts_of,
    learned,
    recorded,
    states,
    timeline_of,
    write,
)
from tests.contracts.support import ALICE, BOB, CAROL, MINUTE, NOON, named


def test_a_log_without_events_answers_with_nothing(any_log: Log) -> None:
    with any_log.transaction([ALICE]) as transaction:
        assert transaction.states([ALICE]) == {}
        assert transaction.stored([(ALICE, named("a"))]) == {}
        assert set(transaction.heads.values()) == {0}
    assert any_log.state(ALICE) == INITIAL
    assert any_log.history(ALICE) == []


def test_a_stream_comes_back_as_it_was_appended(any_log: Log) -> None:
    params = {"text": "žluťoučký 🐎", "n": -(2**53) + 1, "x": 0.1, "none": None, "yes": True, "deep": [{"a": [1, 1.0]}]}
    events = recorded(ALICE, [activity("a", 0, **params), activity("b", 90), activity("c", 10)])
    append(any_log, *events)
    assert any_log.history(ALICE) == [event.event for event in events]
    assert repr(facts_of(any_log, ALICE)[0]) == repr(activity("a", 0, **params))


def test_states_of_several_customers_are_folds_of_their_streams(any_log: Log) -> None:
    alice, bob = recorded(ALICE, [activity("a", 0), activity("b", 1)]), recorded(BOB, [activity("c", 2)])
    append(any_log, *alice, *bob)
    with any_log.transaction([ALICE, BOB]) as transaction:
        states = transaction.states([ALICE, BOB, CAROL])
    folds = {who: replay([event.event for event in events]) for who, events in ((ALICE, alice), (BOB, bob))}
    assert states == folds
    assert any_log.state(ALICE) == folds[ALICE]


def test_a_transaction_sees_what_it_appended(any_log: Log) -> None:
    events = recorded(ALICE, [activity("a", 0)])
    with any_log.transaction([ALICE]) as transaction:
        write(transaction, appends(events))
        assert transaction.states([ALICE])[ALICE].version == len(events)


def test_heads_tell_the_last_position_of_each_partition(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    with any_log.transaction([ALICE]) as transaction:
        before = dict(transaction.heads)
        write(transaction, appends(recorded(ALICE, [activity("b", 1)], any_log.state(ALICE))))
        reached = transaction.reached
    partition = any_log.partition_of(ALICE)
    with any_log.transaction([ALICE]) as transaction:
        assert transaction.heads == {partition: reached, CATALOGUE_PARTITION: 0}
    assert 0 < before[partition] < reached


def test_what_others_write_later_comes_after_what_a_transaction_reached(any_log: Log) -> None:
    append(any_log, *recorded(BOB, [activity("b", 0)]))
    for events in (recorded(ALICE, [activity("a", 0)]), []):
        with any_log.transaction([ALICE, BOB]) as transaction:
            write(transaction, appends(events))
        with any_log.transaction([ALICE, BOB]) as later:
            assert max(later.heads.values()) <= transaction.reached
    append(any_log, *recorded(BOB, [activity("c", 1)], any_log.state(BOB)))
    with any_log.transaction([ALICE, BOB]) as later:
        assert later.heads[any_log.partition_of(BOB)] > transaction.reached


def test_stored_finds_facts_by_customer_and_event_id(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]), *recorded(BOB, [activity("b", 0)]))
    wanted = [(ALICE, named("a")), (ALICE, named("b")), (BOB, named("b")), (CAROL, named("a"))]
    with any_log.transaction([ALICE, BOB]) as transaction:
        found = transaction.stored(wanted)
        assert transaction.stored([]) == {}
    assert found == {(ALICE, named("a")): activity("a", 0), (BOB, named("b")): activity("b", 0)}


def test_a_timeline_has_the_newest_by_event_time_first(any_log: Log) -> None:
    late: list[CustomerEvent] = [activity("b", 5), activity("a", 0), activity("c", 10)]
    append(any_log, *(Recorded(ALICE, n, event) for n, event in enumerate(late, 1)))
    assert [event.time for event in timeline_of(any_log, ALICE)] == [NOON + n * MINUTE for n in (10, 5, 0)]
    assert timeline_of(any_log, ALICE, 2) == [activity("c", 10), activity("b", 5)]
    assert timeline_of(any_log, BOB) == []


def test_the_activity_of_every_customer_comes_one_customer_after_the_other(any_log: Log) -> None:
    events = [activity("a", 0), activity("b", 1)]
    append(any_log, *recorded(ALICE, events), Recorded(BOB, 1, learned("u")))
    append(any_log, *recorded(CAROL, [activity("c", 2)]))
    append(any_log, *recorded(ALICE, [activity("d", 3)], any_log.state(ALICE)))
    read = list(any_log.activity())
    assert sorted(read, key=len) == [[activity("c", 2)], [*events, activity("d", 3)]]


def test_a_state_follows_from_the_snapshot_and_from_what_came_after_it(any_log: Log) -> None:
    early = recorded(ALICE, [activity("a", 0)])
    told = msgspec.structs.replace(states(early)[ALICE], counts={"told.otherwise": 7})
    with any_log.transaction([ALICE]) as transaction:
        write(transaction, appends(early, {ALICE: Snapshot(told)}))
        assert transaction.states([ALICE]) == {ALICE: told}
    append(any_log, *recorded(ALICE, [activity("b", 1)], told))
    assert any_log.state(ALICE).counts == {"told.otherwise": 7, "page.visit": 1}
    assert any_log.state(ALICE).version == len(any_log.history(ALICE)) == 3


def test_a_snapshot_takes_the_place_of_the_one_before(any_log: Log) -> None:
    events = recorded(ALICE, [activity("a", 0)])
    states_told = [msgspec.structs.replace(states(events)[ALICE], version=n, counts={"told": n}) for n in (2, 3)]
    more = Recorded[CustomerEvent](ALICE, 3, activity("b", 1))
    for written, state in ((events, states_told[0]), ([more], states_told[1])):
        with any_log.transaction([ALICE]) as transaction:
            write(transaction, appends(written, {ALICE: Snapshot(state)}))
    assert any_log.state(ALICE) == states_told[1]


def test_what_was_handed_in_or_read_may_be_changed_afterwards(any_log: Log) -> None:
    params: dict[str, Any] = {"list": [1]}
    append(any_log, *recorded(ALICE, [activity("a", 0, **params)]))
    params["list"].append(2)
    for read in (any_log.history(ALICE), timeline_of(any_log, ALICE), next(any_log.activity())):
        for event in read:
            assert not isinstance(event, AttributesUpdated)
            event.params.clear()
    assert facts_of(any_log, ALICE) == [activity("a", 0, list=[1])]
    any_log.state(ALICE).counts.clear()
    assert any_log.state(ALICE).counts == {"page.visit": 1}
