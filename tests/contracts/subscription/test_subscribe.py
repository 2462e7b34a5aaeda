"""What a subscription delivers: activity events that are committed, from where it begins to where it ends."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter

import msgspec
import pytest

import footfall
from footfall.domain.moments import to_datetime
from tests.contracts.subscription.following import Follower, by_customer, so_far, streams
from tests.contracts.support import ALICE, BOB, CAROL, DAY, ManualClock, crowd, visit

SEEN = ("session.start", "page.visit")


def test_it_delivers_what_customers_did_and_what_the_engine_announces(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(ALICE, 60)])
    engine.sweep()
    engine.track_many([visit(ALICE, 30)])
    told = [event.action for event in so_far(engine)]
    assert told == [*SEEN, *SEEN, "session.end", "session.end", "page.visit", "session.revise"]


def test_an_event_is_delivered_as_the_timeline_has_it(engine: footfall.Engine, clock: ManualClock) -> None:
    early, late = visit(ALICE, 0, "/a", title="Mugs"), to_datetime(clock.now + DAY)
    engine.track_many([early, visit(ALICE, 1) | {"time": late}])
    _, first, _, second = so_far(engine, customer=ALICE)
    assert (first.uuid, first.event_id, first.params) == (str(ALICE), str(early["event_id"]), early["params"])
    assert (first.time, first.claimed_time) == (datetime.fromisoformat(early["time"]), None)
    assert (second.time, second.claimed_time) == (second.received_at, late)
    fields = attrgetter("event_id", "time", "action", "params", "received_at", "claimed_time")
    assert sorted(map(fields, engine.timeline(ALICE))) == sorted(map(fields, so_far(engine)))


def test_attributes_are_not_delivered(engine: footfall.Engine) -> None:
    engine.update(BOB, {"newsletter": True})
    assert so_far(engine) == []
    engine.track_many([visit(BOB, 0)])
    engine.update(BOB, {"newsletter": None})
    assert [event.action for event in so_far(engine)] == [*SEEN]


def test_what_was_refused_or_is_a_duplicate_is_not_delivered(engine: footfall.Engine) -> None:
    answers = engine.track_many([visit(ALICE, 0), visit(ALICE, 0), visit(ALICE, 1) | {"action": "no.such"}])
    assert [str(answer.status) for answer in answers] == ["accepted", "duplicate", "rejected"]
    assert [event.action for event in so_far(engine)] == [*SEEN]


def test_a_definition_is_nothing_that_a_customer_did(engine: footfall.Engine) -> None:
    engine.define("shop.seen", label="Seen")
    engine.set_session_timeout("10m")
    engine.undefine("shop.seen")
    assert so_far(engine) == []


@pytest.mark.parametrize("actions", [["page.visit"], ["session.end", "session.start"], []])
def test_it_delivers_the_actions_that_were_asked_for(engine: footfall.Engine, actions: list[str]) -> None:
    engine.track_many(crowd(5, visits=2))
    engine.sweep()
    told = so_far(engine, actions=iter(actions))
    assert {event.action for event in told} == set(actions)
    assert by_customer(told) == by_customer(event for event in so_far(engine) if event.action in actions)


def test_it_delivers_the_customer_that_was_asked_for(engine: footfall.Engine) -> None:
    engine.track_many(visit(who, minute) for minute in (0, 50) for who in (ALICE, BOB, CAROL))
    told = so_far(engine, customer=BOB)
    assert told == so_far(engine, customer=str(BOB))
    assert [(event.uuid, event.action) for event in told] == [(str(BOB), action) for action in SEEN * 2]
    assert len(so_far(engine, customer=BOB, actions={"page.visit"})) == 2
    with pytest.raises(footfall.InvalidArgument):
        engine.subscribe(customer="bob")


def test_from_the_start_everything_comes_in_the_order_of_each_stream(
    engine: footfall.Engine, database_url: str
) -> None:
    engine.track_many(crowd(300, visits=4))
    engine.track_many(visit(ALICE, minute) for minute in (0, 80, 40, 20, 60))
    engine.sweep()
    assert by_customer(so_far(engine)) == streams(database_url)
    assert len(so_far(engine, actions=["page.visit"])) == 1_205


def test_it_ends_at_the_head_and_stays_ended(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    events = engine.subscribe(after="start", follow=False)
    assert len(list(events)) == 2
    engine.track_many([visit(ALICE, 1)])
    assert list(events) == []


def test_on_an_empty_store_there_is_nothing(engine: footfall.Engine) -> None:
    assert so_far(engine) == []
    assert list(engine.subscribe(follow=False)) == []


def test_without_a_cursor_it_begins_when_it_is_made(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/before"), visit(BOB, 0, "/before")])
    events = engine.subscribe({"page.visit"}, follow=False)
    engine.track_many([visit(ALICE, 1, "/after"), visit(CAROL, 1, "/after")])
    assert sorted(event.uuid for event in events) == sorted([str(ALICE), str(CAROL)])


def test_it_waits_for_what_is_yet_to_come(engine: footfall.Engine) -> None:
    with Follower(engine.subscribe({"page.visit"})) as follower:
        for minute in range(5):
            engine.track_many([visit(ALICE, minute, f"/{minute}")])
            assert follower.next().params == {"url": f"/{minute}"}


def test_several_subscriptions_deliver_the_same(engine: footfall.Engine) -> None:
    with Follower(engine.subscribe()) as one, Follower(engine.subscribe()) as other:
        engine.track_many(crowd(10))
        assert by_customer(one.take(40)) == by_customer(other.take(40)) == by_customer(so_far(engine))


def test_events_can_be_written_as_json(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    (event,) = so_far(engine, actions=["page.visit"])
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(event)), type(event)) == event
