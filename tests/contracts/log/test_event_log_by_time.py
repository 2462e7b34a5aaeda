"""The contract of the event log's port, for every log: long streams by event time, and one customer's among others."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from footfall.application.ports.following import EventFilter
from footfall.application.ports.log import Log
from footfall.application.ports.vocabulary import TimelinePlace
from footfall.application.reading.timeline_pages import timeline_page
from footfall.domain.events import CustomerEvent, Recorded, event_place
from footfall.domain.moments import EARLIEST, MINUTE
from tests.contracts.log.streams import activity, append, learned, timeline_of
from tests.contracts.support import ALICE, BOB, NOON

LENGTHS = [0, 1, 63, 64, 65, 200]
"""Of streams around the length from which on indexes lead to what is asked for."""


def stream(length: int) -> list[CustomerEvent]:
    """Events in no order, many of one moment; a third of them tells attributes."""
    rng = random.Random(length)
    events: list[CustomerEvent] = []
    for number in range(length):
        minute = rng.randrange(12)
        learns = rng.randrange(3) == 0
        events.append(learned(f"{number}", n=number) if learns else activity(f"{number}", minute, n=number))
    return events


def write(log: Log, customer: UUID, events: list[CustomerEvent]) -> None:
    append(log, *(Recorded(customer, version, event) for version, event in enumerate(events, 1)))


@pytest.mark.parametrize("length", LENGTHS)
def test_a_timeline_has_the_last_in_the_order_of_events_first(any_log: Log, length: int) -> None:
    events = stream(length)
    write(any_log, BOB, stream(70))
    write(any_log, ALICE, events)
    newest = sorted((event for event in events if event.action is not None), key=event_place, reverse=True)
    for limit in (0, 1, 20, 64, 65, 199, 1_000):
        assert timeline_of(any_log, ALICE, limit) == newest[:limit]
    assert timeline_of(any_log, ALICE) == newest


@pytest.mark.parametrize("length", LENGTHS)
def test_a_timeline_goes_on_behind_any_place_and_has_what_happened_from_a_moment_on(any_log: Log, length: int) -> None:
    write(any_log, BOB, stream(70))
    write(any_log, ALICE, stream(length))
    everything = timeline_of(any_log, ALICE)
    for number, one in enumerate(everything):
        place = TimelinePlace.of(one)
        assert timeline_page(any_log, ALICE, None, None, place, None) == everything[number + 1 :]
        assert timeline_page(any_log, ALICE, None, None, place, 3) == everything[number + 1 : number + 4]
    for minute in (-1, 0, 5, 11, 12):
        since = NOON + minute * MINUTE
        later = [one for one in everything if one.time >= since]
        assert timeline_page(any_log, ALICE, since, None, None, None) == later
        assert timeline_page(any_log, ALICE, None, since, None, None) == everything[len(later) :]
        assert any_log.newest(ALICE, EARLIEST, since, 0) == []


@pytest.mark.parametrize("length", LENGTHS)
def test_a_history_until_a_moment_has_all_that_happened_by_then(any_log: Log, length: int) -> None:
    events = stream(length)
    write(any_log, BOB, stream(70))
    write(any_log, ALICE, events)
    for minute in (-1, 0, 5, 11, 100):
        until = NOON + minute * MINUTE
        found = any_log.history_until(ALICE, until)
        assert len(found) == len({event.event_id for event in found})
        assert {event.event_id for event in found} == {event.event_id for event in events if event.time <= until}


def test_one_customers_events_are_followed_from_any_position(any_log: Log) -> None:
    others = [UUID(int=ALICE.int + 4 * n) for n in range(3)]  # in the same partition
    for number in range(40):
        who = others[number % 3]
        append(any_log, Recorded(who, number // 3 + 1, activity(f"{who} {number}", number)))
    partition = any_log.partition_of(ALICE)
    everything, _ = any_log.follow(dict.fromkeys(any_log.positions(), 0), EventFilter())
    for wanted in (*others, BOB):
        own = [one for one in everything if one.customer == wanted]
        for position in range(any_log.positions()[partition] + 2):
            found, reached = any_log.follow({**any_log.positions(), partition: position}, EventFilter(customer=wanted))
            assert found == [one for one in own if one.position > position]
            assert reached == {**any_log.positions(), partition: max(position, any_log.positions()[partition])}
