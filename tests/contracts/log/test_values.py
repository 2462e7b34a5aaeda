"""The values that a backend has: taken alike everywhere, kept and handed in again as what they are."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from django.utils.safestring import SafeString

import footfall
from footfall import Timestamp
from tests.contracts.support import ALICE, BOB, named, statuses


class Action(StrEnum):
    FILL = "basket.fill"


class Plan(Enum):
    GOLD = "gold"


class Price(float):
    """As numpy's float64 is."""


VALUES: dict[str, Any] = {
    "text": SafeString("a"),
    "plan": Plan.GOLD,
    "price": Decimal("6.50"),
    "whole": Decimal("6.00"),
    "real": Price(1.5),
    "moment": datetime(2026, 3, 5, 12, tzinfo=UTC),
    "day": date(2026, 3, 5),
    "who": BOB,
    "pair": (1, SafeString("b")),
    "frozen": MappingProxyType({"n": Decimal("0.1")}),
}
KEPT = {
    "text": "a",
    "plan": "gold",
    "price": 6.5,
    "whole": 6,
    "real": 1.5,
    "moment": "2026-03-05T12:00:00.000000Z",
    "day": "2026-03-05",
    "who": str(BOB),
    "pair": [1, "b"],
    "frozen": {"n": 0.1},
}
WITHOUT_A_FORM: dict[str, Any] = {
    "set": {1},
    "bytes": b"a",
    "number as a key": {1: 2},
    "object": object(),
    "decimal": Decimal("0.1234567890123456789"),
}


def defined(engine: footfall.Engine) -> None:
    engine.define("basket.fill", parameters={"moment": Timestamp(), "day": Timestamp(), "price": footfall.Number()})


def test_they_are_taken_in_params_attributes_and_orders_alike(engine: footfall.Engine) -> None:
    defined(engine)
    assert engine.track(ALICE, Action.FILL, VALUES).status == "accepted"
    assert engine.update(ALICE, VALUES).status == "accepted"
    assert engine.charge(ALICE, SafeString("o"), [{"sku": SafeString("tea"), **VALUES}], params=VALUES).reason is None
    timeline = {entry.action: entry.params for entry in engine.timeline(ALICE, raw=True)}
    assert timeline["basket.fill"] == KEPT
    assert timeline["product.buy"] == {**KEPT, "sku": "tea", "orderId": "o"}
    assert timeline["transaction.charge"] == {**KEPT, "orderId": "o", "items": [{**KEPT, "sku": "tea"}]}
    assert engine.profile(ALICE).attributes == KEPT


def test_a_retry_of_them_is_a_duplicate_however_they_are_written(engine: footfall.Engine) -> None:
    defined(engine)
    for values, status in ((VALUES, "accepted"), (VALUES, "duplicate"), (KEPT, "duplicate")):
        assert engine.track(ALICE, "basket.fill", values, event_id=named("a")).status == status
        assert engine.update(BOB, values, event_id=named("a")).status == status


def test_customers_ids_and_times_may_be_of_such_types_too(engine: footfall.Engine) -> None:
    event = {
        SafeString("uuid"): SafeString(ALICE),
        "action": SafeString("page.visit"),
        "params": MappingProxyType({"url": SafeString("/")}),
        "event_id": SafeString(named("a")),
        "time": Decimal("1772712000000"),
    }
    (result,) = engine.track_many([event])
    assert (result.status, result.event_id) == ("accepted", named("a"))
    assert engine.page_visits(ALICE, fresh=True)[0].url == "/"


def test_filters_of_profiles_take_them(engine: footfall.Engine) -> None:
    engine.update(ALICE, {"plan": "gold", "since": "2026-03-05"})
    (found,) = engine.profiles({"plan": Plan.GOLD, "since": date(2026, 3, 5)}, fresh=True)
    assert found.uuid == str(ALICE)


@pytest.mark.parametrize("value", WITHOUT_A_FORM)
def test_what_has_no_form_in_json_is_refused_by_name_and_type(engine: footfall.Engine, value: str) -> None:
    unfit = WITHOUT_A_FORM[value]
    results = [
        engine.track(ALICE, "page.visit", {"url": "/", "colour": unfit}),
        engine.update(ALICE, {"colour": unfit}),
        engine.charge(ALICE, "o", [{"sku": "tea", "colour": unfit}]),
        engine.charge(ALICE, "o", [{"sku": "tea"}], params={"colour": unfit}),
    ]
    for result in results:
        assert result.reason == "invalid_params"
        assert "colour" in result.detail
        assert ("a key" if isinstance(unfit, dict) else type(unfit).__name__) in result.detail


def test_what_is_refused_can_be_handed_in_again(engine: footfall.Engine) -> None:
    refused = engine.track(ALICE, Action.FILL, VALUES, time=datetime(2026, 1, 1, 12, tzinfo=UTC))
    (row,) = engine.rejected()
    assert (row.reason, row.redrivable) == ("undefined_action", True)
    assert json.loads(row.content)["params"] == KEPT
    defined(engine)
    (redriven,) = engine.redrive()
    assert (redriven.status, redriven.event_id) == ("accepted", refused.event_id)
    (entry,) = [one for one in engine.timeline(ALICE, raw=True) if one.action == "basket.fill"]
    assert entry.params == KEPT


@pytest.mark.parametrize("value", WITHOUT_A_FORM)
def test_what_cannot_be_handed_in_again_says_so_and_keeps_its_first_reason(engine: footfall.Engine, value: str) -> None:
    engine.track(ALICE, "basket.fill", {"colour": WITHOUT_A_FORM[value]})
    before = engine.rejected()
    assert [(row.reason, row.redrivable) for row in before] == [("undefined_action", False)]
    defined(engine)
    (result,) = engine.redrive()
    assert (result.status, result.reason) == ("rejected", "undefined_action")
    assert "send it anew" in result.detail
    assert engine.rejected() == before


def test_what_is_refused_by_its_values_stays_so(engine: footfall.Engine) -> None:
    values: list[Any] = [float("nan"), "a\x00", "\ud800", 2**53]
    engine.track_many([{"uuid": ALICE, "action": "page.visit", "params": {"url": "/", "v": value}} for value in values])
    before = engine.rejected()
    assert [(row.reason, row.redrivable) for row in before] == [("invalid_params", True)] * len(values)
    assert statuses(engine.redrive()) == ["rejected"] * len(values)
    assert engine.rejected() == before
