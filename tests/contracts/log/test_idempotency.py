"""An event that is handed in again: a duplicate where it says the same, a conflict where it does not."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

import pytest

import footfall
from footfall.domain.moments import iso
from tests.contracts.support import ALICE, BOB, MINUTE, NOON, ManualClock, OpenEngine, crowd, named, statuses, visit

ITEMS: list[dict[str, Any]] = [{"sku": "mug", "price": 9}, {"sku": "mug", "price": 7}, {"sku": "tea"}]


def test_a_duplicate_writes_nothing(engine: footfall.Engine) -> None:
    first = engine.track_many([visit(ALICE, 0), visit(ALICE, 0)])
    before = engine.profile(ALICE), engine.status().log_head
    assert statuses(first) == ["accepted", "duplicate"]
    assert statuses(engine.track_many([visit(ALICE, 0)])) == ["duplicate"]
    assert first[0].event_id == first[1].event_id == visit(ALICE, 0)["event_id"]
    assert (engine.profile(ALICE), engine.status().log_head) == before
    assert engine.rejected() == []


def test_answers_are_in_the_order_of_the_events(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    batch = [visit(ALICE, 1), visit(ALICE, 0), {"uuid": ALICE, "action": "no"}, visit(BOB, 0), visit(ALICE, 1)]
    assert statuses(engine.track_many(batch)) == ["accepted", "duplicate", "rejected", "accepted", "duplicate"]


@pytest.mark.parametrize("size", [499, 500, 501, 1_200, 2_500, 2_501])
def test_batches_of_any_size_are_answered_one_for_one(engine: footfall.Engine, size: int) -> None:
    events = crowd(size, visits=1)
    assert statuses(engine.track_many(events)) == ["accepted"] * size
    assert statuses(engine.track_many([*events, visit(ALICE, 0)])) == ["duplicate"] * size + ["accepted"]
    assert engine.stats(fresh=True).page_visits == size + 1


@pytest.mark.parametrize(
    "change",
    [
        {"params": {"url": "/other"}},
        {"params": {"url": "/", "title": "More"}},
        {"params": {"url": "/", "n": True}},
        {"time": iso(NOON + 1)},
        {"action": "product.view"},
    ],
)
def test_an_id_with_other_content_is_a_conflict_and_is_kept(engine: footfall.Engine, change: dict[str, Any]) -> None:
    known = visit(ALICE, 0, n=1)
    engine.track_many([known])
    result = engine.track_many([known | change])[0]
    assert (result.status, result.reason, result.event_id) == ("rejected", "conflict", known["event_id"])
    engine.track_many([known | change])
    assert [row.reason for row in engine.rejected()] == ["conflict"]
    assert engine.profile(ALICE).counts == {"page.visit": 1}
    assert statuses(engine.track_many([known])) == ["duplicate"]


def test_the_same_id_of_two_customers_is_two_events_in_every_view(engine: footfall.Engine) -> None:
    event_id = named("shared")
    events = [visit(who, 0) | {"event_id": event_id} for who in (ALICE, BOB)]
    assert statuses(engine.track_many(events)) == ["accepted", "accepted"]
    assert statuses(engine.track_many(events)) == ["duplicate", "duplicate"]
    assert engine.stats(fresh=True).page_visits == 2
    assert [row.event_id for row in engine.page_visits(BOB, fresh=True)] == [str(event_id)]
    assert engine.verify().ok


def test_a_retry_without_a_time_is_the_same_event(engine: footfall.Engine, clock: ManualClock) -> None:
    engine.track(ALICE, "page.visit", {"url": "/"}, event_id=named("a"))
    clock.now += MINUTE
    assert engine.track(ALICE, "page.visit", {"url": "/"}, event_id=named("a")).status == "duplicate"


def test_a_retry_of_a_claim_of_the_future_is_the_same_event(engine: footfall.Engine, clock: ManualClock) -> None:
    clock.now = NOON
    engine.track_many([visit(ALICE, 60)])
    clock.now += 120 * MINUTE
    assert statuses(engine.track_many([visit(ALICE, 60)])) == ["duplicate"]
    assert engine.track_many([visit(ALICE, 60) | {"time": iso(NOON)}])[0].reason == "conflict"


def test_a_redelivery_after_the_store_was_opened_again_is_a_duplicate(engine_at: OpenEngine, database_url: str) -> None:
    events = crowd(40)
    with engine_at(database_url) as first:
        assert set(statuses(first.track_many(events))) == {"accepted"}
        before = first.stats(fresh=True)
    again = engine_at(database_url)
    assert set(statuses(again.track_many(events[::-1]))) == {"duplicate"}
    assert again.stats(fresh=True) == before
    assert again.verify().ok


def test_a_batch_that_is_known_in_part_adds_the_rest(engine_at: OpenEngine, database_url: str) -> None:
    engine_at(database_url).track_many(crowd(10))
    assert statuses(engine_at(database_url).track_many(crowd(20))).count("accepted") == 30
    assert engine_at(database_url).stats(fresh=True).page_visits == 60


def test_an_order_is_one_order_in_whatever_order_its_items_come(engine: footfall.Engine) -> None:
    assert engine.charge(ALICE, "order-1", ITEMS, time=iso(NOON), revenue=16).status == "accepted"
    assert engine.charge(ALICE, "order-1", ITEMS[::-1], time=iso(NOON), revenue=16).status == "duplicate"
    assert engine.profile(ALICE).counts == {"product.buy": 3, "transaction.charge": 1}
    assert engine.charge(ALICE, "order-1", ITEMS[:2], time=iso(NOON), revenue=16).reason == "conflict"
    assert engine.profile(ALICE).counts == {"product.buy": 3, "transaction.charge": 1}


def test_an_update_is_a_duplicate_or_a_conflict_as_well(engine: footfall.Engine) -> None:
    assert engine.update(ALICE, {"plan": "gold"}, event_id=named("u")).status == "accepted"
    assert engine.update(ALICE, {"plan": "gold"}, event_id=named("u")).status == "duplicate"
    assert engine.update(ALICE, {"plan": "silver"}, event_id=named("u")).reason == "conflict"
    assert engine.track(ALICE, "page.visit", {"url": "/"}, event_id=named("u")).reason == "conflict"
    assert engine.profile(ALICE).attributes == {"plan": "gold"}


def test_an_id_that_the_engine_gave_to_an_announcement_is_free_for_an_event(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    announced = next(entry.event_id for entry in engine.timeline(ALICE) if entry.action == "session.start")
    assert statuses(engine.track_many([visit(ALICE, 1) | {"event_id": announced}])) == ["accepted"]
    assert engine.stats(fresh=True).page_visits == 2
    assert engine.verify().ok


def test_an_id_that_the_engine_would_give_to_an_announcement_does_not_stop_a_batch(engine: footfall.Engine) -> None:
    # Senders may work out the ids of announcements; one who uses them up must not stop the others.
    opening = visit(ALICE, 100)
    taken = uuid5(opening["event_id"], "session.start")
    engine.track_many([visit(ALICE, 0) | {"event_id": taken}])
    assert statuses(engine.track_many([visit(BOB, 0), opening])) == ["accepted", "accepted"]
    assert engine.profile(ALICE).sessions == 2
    assert engine.verify().ok
