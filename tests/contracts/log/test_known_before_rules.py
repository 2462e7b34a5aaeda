"""What is stored is known by its id, whatever the rules have become since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall import Access, Integer, Sender, String
from footfall.domain.moments import iso
from tests.contracts.support import ALICE, BOB, NOON, OpenEngine, named, statuses, visit

FILLED = {
    "uuid": ALICE,
    "action": "basket.fill",
    "params": {"n": 1},
    "event_id": named("filled"),
    "time": iso(NOON),
}
OTHER = FILLED | {"params": {"n": 2}}


def opened_to_all(engine: footfall.Engine) -> None:
    engine.define("basket.fill", parameters={"n": Integer()}, access=Access.ANONYMOUS)


CHANGES: dict[str, Callable[[footfall.Engine], Any]] = {
    "gone": lambda engine: engine.undefine("basket.fill"),
    "narrowed": lambda engine: engine.define("basket.fill", access=Access.SERVER),
    "more required": lambda engine: engine.define("basket.fill", parameters={"who": String(required=True)}),
    "another type": lambda engine: engine.define("basket.fill", parameters={"n": String()}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_retry_is_a_duplicate_and_other_content_a_conflict(engine: footfall.Engine, change: str) -> None:
    sender = Sender.anonymous(ALICE)
    opened_to_all(engine)
    assert statuses(engine.track_many([FILLED], sender=sender)) == ["accepted"]
    before = engine.timeline(ALICE)
    CHANGES[change](engine)
    for _ in range(2):
        again = engine.track_many([FILLED], sender=sender)[0]
        assert (again.status, again.event_id) == ("duplicate", FILLED["event_id"])
    other = engine.track_many([OTHER], sender=sender)[0]
    assert (other.status, other.reason, other.event_id) == ("rejected", "conflict", FILLED["event_id"])
    assert [entry.event_id for entry in engine.timeline(ALICE)] == [entry.event_id for entry in before]
    assert [row.reason for row in engine.rejected()] == ["conflict"]


def test_what_is_new_is_still_refused_beside_what_is_known(engine: footfall.Engine) -> None:
    opened_to_all(engine)
    engine.track_many([FILLED])
    engine.undefine("basket.fill")
    fresh = FILLED | {"event_id": named("fresh")}
    results = engine.track_many([fresh, visit(ALICE, 1), FILLED, OTHER, visit(BOB, 1), FILLED | {"uuid": BOB}])
    assert [str(result.reason or result.status) for result in results] == [
        "undefined_action",
        "accepted",
        "duplicate",
        "conflict",
        "accepted",
        "undefined_action",
    ]
    assert engine.profile(ALICE).counts == {"basket.fill": 1, "page.visit": 1}
    assert engine.profile(ALICE).version == 3


def test_an_id_that_the_same_batch_has_used_is_known_too(engine: footfall.Engine) -> None:
    event_id = visit(ALICE, 0)["event_id"]
    wrong = visit(ALICE, 0) | {"params": {}}
    results = engine.track_many([visit(ALICE, 0), wrong])
    assert [result.reason for result in results] == [None, "conflict"]
    assert [result.event_id for result in results] == [event_id, event_id]


def test_who_may_not_write_for_a_customer_does_not_learn_what_is_stored(engine: footfall.Engine) -> None:
    opened_to_all(engine)
    engine.track_many([FILLED])
    stranger = Sender.anonymous(BOB)
    for event in (FILLED, OTHER):
        assert engine.track_many([event], sender=stranger)[0].reason == "foreign_customer"
    engine.undefine("basket.fill")
    for event in (FILLED, OTHER):
        assert engine.track_many([event], sender=stranger)[0].reason == "undefined_action"
    assert engine.update(ALICE, {"a": 1}, event_id=named("filled"), sender=stranger).reason == "access_denied"
    signed = Sender.authenticated(BOB)
    assert engine.update(ALICE, {"a": 1}, event_id=named("filled"), sender=signed).reason == "foreign_customer"


@pytest.mark.parametrize(
    "change",
    [{"params": {"n": float("nan")}}, {"params": {"n": {1}}}, {"time": "yesterday"}, {"action": None}, {"x": 1}],
)
def test_what_was_never_stored_so_is_other_content(engine: footfall.Engine, change: dict[str, Any]) -> None:
    opened_to_all(engine)
    engine.track_many([FILLED])
    result = engine.track_many([FILLED | change])[0]
    assert (result.reason, result.event_id) == ("conflict", FILLED["event_id"])


def test_a_time_that_is_taken_no_longer_is_known_where_it_once_was(engine: footfall.Engine) -> None:
    # Seconds were taken for milliseconds, and digits for a date.
    for sent, taken in ((1_772_600_000, "1970-01-21T12:23:20Z"), ("1771012312345", "1771-01-23T23:45:00Z")):
        stored = visit(ALICE, 0) | {"event_id": named(f"{sent}"), "time": taken}
        assert statuses(engine.track_many([stored])) == ["accepted"]
        assert statuses(engine.track_many([stored | {"time": sent}])) == ["duplicate"]
        assert engine.track_many([stored | {"time": sent, "event_id": named("new")}])[0].reason == "invalid_time"


def test_a_refused_event_is_answered_under_its_own_id(engine: footfall.Engine) -> None:
    refused: list[dict[str, Any]] = [
        FILLED,
        visit(ALICE, 0) | {"params": {}},
        visit(ALICE, 1) | {"time": "yesterday"},
        visit(ALICE, 2) | {"unknown": 1},
        visit(ALICE, 3) | {"action": "no"},
        visit(ALICE, 4) | {"event_id": str(named("text"))},
    ]
    results = engine.track_many(refused)
    assert [result.status for result in results] == ["rejected"] * 5 + ["accepted"]
    assert [str(result.event_id) for result in results] == [str(event["event_id"]) for event in refused]
    assert engine.track_many([FILLED | {"event_id": "no uuid"}])[0].event_id is None


def test_a_refused_event_without_an_id_is_answered_under_the_one_that_it_will_have(engine: footfall.Engine) -> None:
    refused = engine.track(ALICE, "basket.fill", {"n": 1})
    opened_to_all(engine)
    (redriven,) = engine.redrive()
    assert refused.event_id == redriven.event_id is not None
    assert engine.timeline(ALICE)[0].event_id == str(refused.event_id)


def test_attributes_are_known_before_the_rules_as_well(engine: footfall.Engine) -> None:
    update = {"uuid": ALICE, "attributes": {"a": 1}, "event_id": named("u")}
    assert statuses(engine.update_many([update])) == ["accepted"]
    client = Sender.anonymous(ALICE)  # who may set none
    assert statuses(engine.update_many([update], sender=client)) == ["duplicate"]
    assert engine.update_many([update | {"attributes": {}}])[0].reason == "conflict"
    refused = engine.update_many([update | {"event_id": named("v"), "attributes": {}}])[0]
    assert (refused.reason, refused.event_id) == ("invalid_params", named("v"))


def test_an_order_is_known_before_the_rules_as_well(engine: footfall.Engine) -> None:
    engine.define("product.buy", parameters={"campaign": Integer()})
    items = [{"sku": "tea", "campaign": 5}, {"sku": "mug", "campaign": 6}]
    first = engine.charge(ALICE, "order-1", items, revenue=9)
    engine.define("product.buy", parameters={"campaign": String()})
    again = engine.charge(ALICE, "order-1", items[::-1], revenue=9)
    assert (first.status, again.status) == ("accepted", "duplicate")
    other = engine.charge(ALICE, "order-1", items, revenue=10)
    new = engine.charge(ALICE, "order-2", items, revenue=9)
    assert [(result.reason, result.event_id is None) for result in (other, new)] == [
        ("conflict", False),
        ("wrong_type", False),
    ]
    assert first.event_id == again.event_id == other.event_id != new.event_id
    client = engine.charge(ALICE, "order-1", items, revenue=9, sender=Sender.authenticated(ALICE))
    assert client.status == "duplicate"
    assert engine.charge(ALICE, "order-1", items, sender=Sender.authenticated(BOB)).reason == "access_denied"
    assert engine.profile(ALICE).counts == {"product.buy": 2, "transaction.charge": 1}


def test_a_redrive_finds_what_is_stored_by_now(engine: footfall.Engine) -> None:
    engine.track_many([FILLED])
    opened_to_all(engine)
    engine.track_many([FILLED])
    engine.undefine("basket.fill")
    assert statuses(engine.redrive()) == ["duplicate"]
    assert engine.rejected() == []


@pytest.mark.databases
def test_another_process_knows_it_as_well(engine_at: OpenEngine, database_url: str) -> None:
    one, other = engine_at(database_url), engine_at(database_url)
    opened_to_all(one)
    one.track_many([FILLED])
    one.undefine("basket.fill")
    assert [str(result.reason or result.status) for result in other.track_many([FILLED, OTHER])] == [
        "duplicate",
        "conflict",
    ]
