"""The contract of the event log's port, for every log: how it is followed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import msgspec

from footfall.application.ports.following import EventFilter, FollowedEvent
from footfall.application.ports.log import Log
from footfall.domain.events import Recorded, SessionStarted
from tests.contracts.log.streams import activity, append, learned, recorded
from tests.contracts.support import ALICE, BOB

ALL = EventFilter()


def beginning(log: Log) -> dict[int, int]:
    return dict.fromkeys(log.positions(), 0)


def everything(log: Log, wanted: EventFilter, after: Mapping[int, int] | None = None) -> list[FollowedEvent]:
    """What a follower is given until there is no more."""
    found: list[FollowedEvent] = []
    positions: Mapping[int, int] = beginning(log) if after is None else after
    while True:
        some, reached = log.follow(positions, wanted)
        found += some
        if reached == positions:
            return found
        positions = reached


def test_positions_are_those_of_the_last_events(any_log: Log) -> None:
    assert set(any_log.positions().values()) == {0}
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    before = any_log.positions()
    append(any_log, *recorded(BOB, [activity("b", 0)]))
    moved = {partition for partition, position in any_log.positions().items() if position != before[partition]}
    assert moved == {any_log.partition_of(BOB)}


def test_a_follower_is_given_activity_and_announcements_in_the_order_of_the_log(any_log: Log) -> None:
    append(any_log, *(alice := recorded(ALICE, [activity("a", 0)])), Recorded(ALICE, 3, learned("u")))
    append(any_log, *(bob := recorded(BOB, [activity("b", 0)])))
    followed, reached = any_log.follow(beginning(any_log), ALL)
    assert [one.event for one in followed] == [event.event for event in (*alice, *bob)]
    assert [one.customer for one in followed] == [ALICE, ALICE, BOB, BOB]
    assert [one.partition for one in followed] == [any_log.partition_of(one.customer) for one in followed]
    positions = [one.position for one in followed]
    assert positions == sorted(set(positions))
    assert reached == any_log.positions()
    assert any_log.follow(reached, ALL) == ([], reached)


def test_a_follower_goes_on_after_a_position(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    cursor = any_log.positions()
    append(any_log, *recorded(ALICE, [activity("b", 1)], any_log.state(ALICE)))
    assert [one.event for one in everything(any_log, ALL, cursor)] == [activity("b", 1)]


def test_a_follower_chooses_actions_and_a_customer(any_log: Log) -> None:
    other = msgspec.structs.replace(activity("o", 1), action="button.click")
    append(any_log, *recorded(ALICE, [activity("a", 0), other]), *recorded(BOB, [activity("b", 0)]))
    wanted = {
        EventFilter(frozenset({"page.visit"})): [activity("a", 0), activity("b", 0)],
        EventFilter(frozenset({"page.visit"}), ALICE): [activity("a", 0)],
        EventFilter(frozenset({"button.click", "page.visit"}), ALICE): [activity("a", 0), other],
        EventFilter(frozenset()): [],
        EventFilter(customer=UUID(int=99)): [],
    }
    for chosen, expected in wanted.items():
        followed, reached = any_log.follow(beginning(any_log), chosen)
        assert [one.event for one in followed] == expected
        assert reached == any_log.positions()
    (started, *_) = everything(any_log, EventFilter(frozenset({"session.start"}), BOB))
    assert isinstance(started.event, SessionStarted)


def test_a_follower_far_behind_is_given_all_of_it_in_parts(any_log: Log) -> None:
    events = recorded(ALICE, [activity(f"{n}", n) for n in range(1_200)])
    append(any_log, *events)
    first, reached = any_log.follow(beginning(any_log), ALL)
    assert 0 < len(first) < len(events)
    assert reached != any_log.positions()
    assert [one.event for one in everything(any_log, ALL)] == [event.event for event in events]


def test_a_cursor_ahead_of_the_log_stays_where_it_is(any_log: Log) -> None:
    append(any_log, *recorded(ALICE, [activity("a", 0)]))
    ahead = {partition: position + 100 for partition, position in any_log.positions().items()}
    assert any_log.follow(ahead, ALL) == ([], ahead)
