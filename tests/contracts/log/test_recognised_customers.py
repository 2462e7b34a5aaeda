"""Nobody writes for a customer who is recognised without a JWT, whatever else comes at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall import Access, Sender
from tests.contracts.support import ALICE, BOB, OpenEngine, named, statuses, visit

ANYBODY = Sender.anonymous(ALICE)
RECOGNISED: dict[str, Callable[[footfall.Engine], Any]] = {
    "an identifier": lambda engine: engine.update(ALICE, {"email": "a@shop.example"}),
    "what the backend says": lambda engine: engine.update(ALICE, {"recognised": True}),
    "a login": lambda engine: engine.track(ALICE, "client.login", sender=Sender.authenticated(ALICE)),
}


def answers(results: list[footfall.Result]) -> list[str]:
    return [str(result.reason or result.status) for result in results]


@pytest.mark.parametrize("by", RECOGNISED)
def test_an_anonymous_sender_is_refused_and_every_other_one_is_not(engine: footfall.Engine, by: str) -> None:
    assert answers(engine.track_many([visit(ALICE, 0)], sender=ANYBODY)) == ["accepted"]
    RECOGNISED[by](engine)
    before = engine.profile(ALICE)
    assert answers(engine.track_many([visit(ALICE, 1)], sender=ANYBODY)) == ["access_denied"]
    assert engine.profile(ALICE) == before
    assert answers(engine.track_many([visit(BOB, 1)], sender=Sender.anonymous(BOB))) == ["accepted"]
    for minute, sender in enumerate((Sender.server(), Sender.authenticated(ALICE), Sender.anonymous_with_jwt(ALICE))):
        assert answers(engine.track_many([visit(ALICE, 2 + minute)], sender=sender)) == ["accepted"]


@pytest.mark.parametrize("ended_by", [{"email": None}, {"recognised": False}, {"recognised": None}])
def test_a_token_that_does_not_say_who_the_customer_is_cannot_end_that_it_is_recognised(
    engine: footfall.Engine, ended_by: dict[str, Any]
) -> None:
    engine.update(ALICE, {"email": "a@shop.example", "recognised": True})
    answered = engine.update(ALICE, {"city": "Brno", **ended_by}, sender=Sender.anonymous_with_jwt(ALICE))
    assert answers([answered]) == ["access_denied"]
    assert answers(engine.track_many([visit(ALICE, 1)], sender=ANYBODY)) == ["access_denied"]
    assert engine.update(ALICE, {"city": "Brno"}, sender=Sender.anonymous_with_jwt(ALICE))
    assert engine.update(ALICE, ended_by, sender=Sender.authenticated(ALICE))


def test_a_retry_of_what_is_stored_is_a_duplicate_and_nothing_is_told_of_other_content(
    engine: footfall.Engine,
) -> None:
    engine.track_many([visit(ALICE, 0)], sender=ANYBODY)
    engine.update(ALICE, {"email": "a@shop.example"})
    order = engine.charge(ALICE, "order-1", [{"sku": "tea"}])
    engine.track_many([visit(BOB, 0)])  # so that ids are not looked up because one came twice
    known, fresh = visit(ALICE, 0), visit(ALICE, 1)
    assert answers(engine.track_many([fresh, known, fresh], sender=ANYBODY)) == [
        "access_denied",
        "duplicate",
        "access_denied",
    ]
    for event_id in (known["event_id"], order.event_id):
        other = visit(ALICE, 2) | {"event_id": event_id}
        assert answers(engine.track_many([other], sender=ANYBODY)) == ["access_denied"]
        assert answers(engine.track_many([other | {"params": {}}], sender=ANYBODY)) == ["missing_parameter"]
        assert answers(engine.track_many([other], sender=Sender.authenticated(ALICE))) == ["conflict"]


def test_a_retry_after_its_definition_changed_is_a_duplicate_all_the_same(engine: footfall.Engine) -> None:
    engine.define("basket.fill", access=Access.ANONYMOUS)
    filled = {"uuid": ALICE, "action": "basket.fill", "event_id": named("filled")}
    engine.track_many([filled], sender=ANYBODY)
    engine.update(ALICE, {"email": "a@shop.example"})
    engine.define("basket.fill", access=Access.SERVER)
    assert answers(engine.track_many([filled], sender=ANYBODY)) == ["duplicate"]
    assert answers(engine.track_many([filled | {"params": {"n": 1}}], sender=ANYBODY)) == ["access_denied"]


def test_it_is_refused_in_the_batch_in_which_its_customer_becomes_recognised(engine: footfall.Engine) -> None:
    engine.define("client.login", access=Access.ANONYMOUS)
    login = {"uuid": ALICE, "action": "client.login", "event_id": named("login")}
    engine.track_many([visit(ALICE, 0)], sender=ANYBODY)
    results = engine.track_many([visit(ALICE, 1), login, visit(ALICE, 2), visit(ALICE, 0), login], sender=ANYBODY)
    assert answers(results) == ["accepted", "accepted", "access_denied", "duplicate", "duplicate"]


def test_what_is_refused_is_kept_and_taken_once_its_customer_is_not_recognised_any_more(
    engine: footfall.Engine,
) -> None:
    engine.update(ALICE, {"email": "a@shop.example"})
    (refused,) = engine.track_many([visit(ALICE, 0)], sender=ANYBODY)
    assert "email" not in refused.detail
    assert [row.reason for row in engine.rejected()] == ["access_denied"]
    assert answers(engine.redrive()) == ["access_denied"]
    engine.update(ALICE, {"email": None})
    assert answers(engine.redrive()) == ["accepted"]
    assert engine.rejected() == []


@pytest.mark.databases
def test_another_process_refuses_as_soon_as_one_has_recognised(engine_at: OpenEngine, database_url: str) -> None:
    one, other = engine_at(database_url), engine_at(database_url)
    assert statuses(other.track_many([visit(ALICE, 0)], sender=ANYBODY)) == ["accepted"]
    one.update(ALICE, {"phone": "+420 000"})
    assert answers(other.track_many([visit(ALICE, 1), visit(ALICE, 0)], sender=ANYBODY)) == [
        "access_denied",
        "duplicate",
    ]
