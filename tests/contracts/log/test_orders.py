"""Orders and updates of attributes: their arguments, their senders, several at once."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

import footfall
from footfall import Sender
from footfall.domain.orders import charge_id
from tests.contracts.support import ALICE, BOB, execute, named, statuses


class Currency(Enum):
    EUR = "EUR"


def charge_of(engine: footfall.Engine) -> dict[str, Any]:
    """The params of the one charge there is."""
    (params,) = [one.params for one in engine.timeline(ALICE, raw=True) if one.action == "transaction.charge"]
    return params


def test_a_misspelt_argument_is_an_error(engine: footfall.Engine) -> None:
    misspelt: dict[str, Any] = {"revenu": 5}
    with pytest.raises(TypeError, match="revenu"):
        engine.charge(ALICE, "order-1", [{"sku": "tea"}], **misspelt)
    assert engine.profile(ALICE).counts == {}


def test_the_arguments_of_a_charge_are_its_params(engine: footfall.Engine) -> None:
    engine.charge(
        ALICE,
        "order-1",
        ({"sku": "tea", "price": Decimal("6.50")},),
        revenue=Decimal("6.50"),
        currency=Currency.EUR,  # type: ignore[arg-type]  # a host's own type
        params={"coupon": "SPRING"},
    )
    assert charge_of(engine) == {
        "orderId": "order-1",
        "items": [{"sku": "tea", "price": 6.5}],
        "revenue": 6.5,
        "currency": "EUR",
        "coupon": "SPRING",
    }


@pytest.mark.parametrize("name", ["revenue", "orderId", "items"])
def test_nothing_is_given_twice(engine: footfall.Engine, name: str) -> None:
    result = engine.charge(ALICE, "order-1", [{"sku": "tea"}], revenue=1, params={name: 2})
    assert result.reason == "invalid_params"
    assert name in result.detail


@pytest.mark.parametrize(("price", "again"), [(6, 6.0), (6.0, 6), (Decimal("6.50"), 6.5), (6, Decimal("6.00"))])
def test_a_price_is_the_same_with_and_without_a_point(engine: footfall.Engine, price: Any, again: Any) -> None:
    first = [{"sku": "tea", "price": price}, {"sku": "tea", "price": 60, "tax": 1}, {"sku": "tea", "tax": 10}]
    second = [{"sku": "tea", "tax": 10.0}, {"sku": "tea", "price": again}, {"sku": "tea", "price": 60.0, "tax": 1.0}]
    assert engine.charge(ALICE, "order-1", first, revenue=price).status == "accepted"
    assert engine.charge(ALICE, "order-1", second, revenue=again).status == "duplicate"
    assert engine.charge(ALICE, "order-1", second, revenue=7).reason == "conflict"
    assert engine.profile(ALICE).counts == {"product.buy": 3, "transaction.charge": 1}


def test_a_number_in_an_event_or_an_attribute_is_the_same_with_and_without_a_point(engine: footfall.Engine) -> None:
    for value, status in ((1, "accepted"), (1.0, "duplicate"), (True, "rejected"), ("1", "rejected")):
        params, event_id = {"url": "/", "n": [value]}, named("n")
        assert engine.track(ALICE, "page.visit", params, event_id=event_id).status == status
        assert engine.update(BOB, {"n": value}, event_id=event_id).status == status


def test_an_order_may_have_an_event_id_of_its_sender(engine: footfall.Engine) -> None:
    items = [{"sku": "tea"}, {"sku": "tea"}]
    first = engine.charge(ALICE, "order-1", items, event_id=named("first"))
    assert (first.status, first.event_id) == ("accepted", named("first"))
    assert engine.charge(ALICE, "order-1", items, event_id=named("first")).status == "duplicate"
    assert engine.charge(ALICE, "order-1", items, event_id=named("second")).reason == "conflict"
    assert engine.charge(ALICE, "order-1", items).reason == "conflict"
    assert engine.profile(ALICE).counts == {"product.buy": 2, "transaction.charge": 1}


def test_an_order_without_one_has_an_id_that_follows_from_its_own(engine: footfall.Engine) -> None:
    assert engine.charge(ALICE, "order-1", [{"sku": "tea"}]).event_id == charge_id(ALICE, "order-1")


def test_an_order_that_was_stored_without_revenue_is_known(engine: footfall.Engine) -> None:
    # None was stored once where none was given.
    engine.charge(ALICE, "order-1", [{"sku": "tea"}], params={"revenue": None})
    assert "revenue" in charge_of(engine)
    assert engine.charge(ALICE, "order-1", [{"sku": "tea"}]).status == "duplicate"


def test_several_orders_at_once_are_answered_one_for_one(engine: footfall.Engine) -> None:
    order = {"uuid": ALICE, "order_id": "order-1", "items": [{"sku": "tea"}], "revenue": 6, "params": {"coupon": "A"}}
    orders = [
        order,
        order | {"revenue": 6.0},
        order | {"order_id": "order-2", "currency": "EUR"},
        order | {"uuid": str(BOB)},
        order | {"revenu": 6},
        order | {"items": []},
        order | {"order_id": "order-3", "event_id": named("third"), "time": "2026-01-01T12:00:00Z"},
    ]
    results = engine.charge_many(orders)
    assert [str(result.reason or result.status) for result in results] == [
        "accepted",
        "duplicate",
        "accepted",
        "accepted",
        "conflict",
        "conflict",
        "accepted",
    ]
    assert results[-1].event_id == named("third")
    assert engine.profile(ALICE).counts == {"product.buy": 3, "transaction.charge": 3}
    assert statuses(engine.charge_many(orders[:1], sender=Sender.authenticated(ALICE))) == ["duplicate"]
    fresh = [order | {"order_id": "order-9"}]
    assert engine.charge_many(fresh, sender=Sender.authenticated(ALICE))[0].reason == "access_denied"


def test_several_updates_at_once_are_answered_one_for_one(engine: footfall.Engine) -> None:
    update = {"uuid": ALICE, "attributes": {"plan": "gold"}, "event_id": named("u"), "time": "2026-01-01T12:00:00Z"}
    updates = [update, update, update | {"attributes": {"plan": "tin"}}, {"uuid": BOB, "attributes": {"city": "Brno"}}]
    assert statuses(engine.update_many(updates)) == ["accepted", "duplicate", "rejected", "accepted"]
    assert (engine.profile(ALICE).attributes, engine.profile(BOB).attributes) == ({"plan": "gold"}, {"city": "Brno"})


def test_a_client_sets_attributes_of_its_own_customer_and_with_a_jwt_only(engine: footfall.Engine) -> None:
    def reason(sender: Sender) -> str | None:
        return engine.update(ALICE, {"plan": "gold"}, sender=sender).reason

    assert reason(Sender.authenticated(ALICE)) is reason(Sender.anonymous_with_jwt(ALICE)) is None
    assert reason(Sender.anonymous(ALICE)) == "access_denied"
    assert reason(Sender.authenticated(BOB)) == reason(Sender.anonymous_with_jwt(BOB)) == "foreign_customer"


@pytest.mark.databases
def test_an_order_that_an_earlier_footfall_kept_is_handed_in_again(engine: footfall.Engine, database_url: str) -> None:
    engine.define("product.buy", parameters={"colour": footfall.Integer()})
    items = [{"sku": "tea", "colour": "red"}]
    engine.charge(ALICE, "order-1", items)
    content = json.dumps({"uuid": str(ALICE), "order_id": "order-1", "items": items, "charge": {"revenue": 6}})
    execute(database_url, f"UPDATE footfall.rejections SET content = '{content}'".replace(":", "\\:"))
    assert [result.reason for result in engine.redrive()] == ["wrong_type"]
    engine.define("product.buy", parameters={"colour": footfall.String()})
    assert statuses(engine.redrive()) == ["accepted"]
    assert charge_of(engine)["revenue"] == 6
