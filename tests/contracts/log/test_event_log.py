"""The contract of the event log's port, on every database."""

from __future__ import annotations

from contextlib import suppress

import pytest

from footfall.application.ports.errors import AppendConflict
from footfall.application.ports.log import CATALOGUE_PARTITION
from footfall.domain.customer import INITIAL
from footfall.domain.events import CustomerEvent, Recorded
from footfall.domain.history import replay
from footfall.infrastructure.log.event_log import EventLog
from tests.contracts.log.streams import activity, append, facts_of, recorded
from tests.contracts.support import ALICE, BOB, CAROL, MINUTE, NOON, named


def test_a_log_without_events_answers_with_nothing(event_log: EventLog) -> None:
    with event_log.transaction([ALICE]) as transaction:
        assert transaction.states([ALICE]) == {}
        assert transaction.history(ALICE) == []
        assert transaction.stored([(ALICE, named("a"))]) == {}
        assert set(transaction.heads.values()) == {0}
    assert event_log.state(ALICE) == INITIAL
    assert event_log.history(ALICE) == []


def test_a_stream_comes_back_as_it_was_appended(event_log: EventLog) -> None:
    params = {"text": "žluťoučký 🐎", "n": -(2**53) + 1, "x": 0.1, "none": None, "yes": True, "deep": [{"a": [1, 1.0]}]}
    events = recorded(ALICE, [activity("a", 0, **params), activity("b", 90), activity("c", 10)])
    append(event_log, *events)
    assert event_log.history(ALICE) == [event.event for event in events]
    assert repr(facts_of(event_log, ALICE)[0]) == repr(activity("a", 0, **params))


def test_states_of_several_customers_are_folds_of_their_streams(event_log: EventLog) -> None:
    alice, bob = recorded(ALICE, [activity("a", 0), activity("b", 1)]), recorded(BOB, [activity("c", 2)])
    append(event_log, *alice, *bob)
    with event_log.transaction([ALICE, BOB]) as transaction:
        states = transaction.states([ALICE, BOB, CAROL])
    folds = {who: replay([event.event for event in events]) for who, events in ((ALICE, alice), (BOB, bob))}
    assert states == folds
    assert event_log.state(ALICE) == folds[ALICE]


def test_a_transaction_sees_what_it_appended(event_log: EventLog) -> None:
    events = recorded(ALICE, [activity("a", 0)])
    with event_log.transaction([ALICE]) as transaction:
        transaction.append(events, {}, {})
        assert transaction.history(ALICE) == [event.event for event in events]
        assert transaction.states([ALICE])[ALICE].version == len(events)


def test_heads_tell_the_last_position_of_each_partition(event_log: EventLog) -> None:
    append(event_log, *recorded(ALICE, [activity("a", 0)]))
    with event_log.transaction([ALICE]) as transaction:
        before = dict(transaction.heads)
        transaction.append(recorded(ALICE, [activity("b", 1)], event_log.state(ALICE)), {}, {})
        reached = transaction.reached
    partition = event_log.partition_of(ALICE)
    with event_log.transaction([ALICE]) as transaction:
        assert transaction.heads == {partition: reached, CATALOGUE_PARTITION: 0}
    assert 0 < before[partition] < reached


def test_what_others_write_later_comes_after_what_a_transaction_reached(event_log: EventLog) -> None:
    append(event_log, *recorded(BOB, [activity("b", 0)]))
    for events in (recorded(ALICE, [activity("a", 0)]), []):
        with event_log.transaction([ALICE, BOB]) as transaction:
            transaction.append(events, {}, {})
        with event_log.transaction([ALICE, BOB]) as later:
            assert max(later.heads.values()) <= transaction.reached
    append(event_log, *recorded(BOB, [activity("c", 1)], event_log.state(BOB)))
    with event_log.transaction([ALICE, BOB]) as later:
        assert later.heads[event_log.partition_of(BOB)] > transaction.reached


def test_stored_finds_facts_by_customer_and_event_id(event_log: EventLog) -> None:
    append(event_log, *recorded(ALICE, [activity("a", 0)]), *recorded(BOB, [activity("b", 0)]))
    wanted = [(ALICE, named("a")), (ALICE, named("b")), (BOB, named("b")), (CAROL, named("a"))]
    with event_log.transaction([ALICE, BOB]) as transaction:
        found = transaction.stored(wanted)
        assert transaction.stored([]) == {}
    assert found == {(ALICE, named("a")): activity("a", 0), (BOB, named("b")): activity("b", 0)}


def test_an_event_id_that_is_stored_is_a_conflict_and_nothing_of_the_batch_is_written(event_log: EventLog) -> None:
    append(event_log, *recorded(ALICE, [activity("a", 0)]))
    again = recorded(ALICE, [activity("b", 1), activity("a", 2)], event_log.state(ALICE))
    with pytest.raises(AppendConflict):
        append(event_log, *recorded(BOB, [activity("c", 0)]), *again)
    assert facts_of(event_log, ALICE) == [activity("a", 0)]
    assert event_log.history(BOB) == []


def test_a_version_that_is_stored_is_a_conflict(event_log: EventLog) -> None:
    append(event_log, *recorded(ALICE, [activity("a", 0)]))
    with pytest.raises(AppendConflict):
        append(event_log, *recorded(ALICE, [activity("b", 1)]))
    assert facts_of(event_log, ALICE) == [activity("a", 0)]


def test_an_event_id_of_one_customer_is_free_for_another(event_log: EventLog) -> None:
    append(event_log, *recorded(ALICE, [activity("a", 0)]), *recorded(BOB, [activity("a", 0)]))
    assert facts_of(event_log, ALICE) == facts_of(event_log, BOB) == [activity("a", 0)]


def test_an_exception_takes_the_whole_transaction_back(event_log: EventLog) -> None:
    events = recorded(ALICE, [activity("a", 0)])
    with suppress(ZeroDivisionError), event_log.transaction([ALICE]) as transaction:
        transaction.append(events, {ALICE: replay([event.event for event in events])}, {})
        raise ZeroDivisionError
    assert event_log.history(ALICE) == []
    assert event_log.state(ALICE) == INITIAL


def test_a_timeline_has_the_newest_by_event_time_first(event_log: EventLog) -> None:
    late: list[CustomerEvent] = [activity("b", 5), activity("a", 0), activity("c", 10)]
    append(event_log, *(Recorded(ALICE, n, event) for n, event in enumerate(late, 1)))
    assert [event.time for event in event_log.timeline(ALICE, None)] == [NOON + n * MINUTE for n in (10, 5, 0)]
    assert event_log.timeline(ALICE, 2) == [activity("c", 10), activity("b", 5)]
    assert event_log.timeline(BOB, None) == []
