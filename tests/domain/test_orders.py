from __future__ import annotations

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.errors import Reason
from footfall.domain.orders import OrderEvent, order_events
from tests.builders import CUSTOMER, LAW, OTHER, refused

Item = dict[str, Any]
SHIRT: Item = {"sku": "shirt", "price": 10}
SOCKS: Item = {"sku": "socks", "price": 3}
RED_SHIRT: Item = {"sku": "shirt", "price": 12}


def order(*items: Item, order_id: str = "o-1", customer: UUID = CUSTOMER, **charge: Any) -> list[OrderEvent]:
    return order_events(customer, order_id, items, charge)


def ids(events: list[OrderEvent]) -> list[UUID]:
    return [event.event_id for event in events]


def test_an_order_is_one_charge_and_one_purchase_for_each_line() -> None:
    charge, *lines = order(SOCKS, SHIRT, revenue=13, currency="CZK")
    assert (charge.action, [line.action for line in lines]) == ("transaction.charge", ["product.buy", "product.buy"])
    assert charge.params["orderId"] == "o-1"
    assert (charge.params["revenue"], charge.params["currency"]) == (13, "CZK")
    assert sorted(line.params["sku"] for line in lines) == ["shirt", "socks"]
    assert all(line.params["orderId"] == "o-1" for line in lines)


def test_a_line_keeps_what_is_said_of_it() -> None:
    _, line = order({"sku": "shirt", "price": 10, "tags": ["new"]})
    assert line.params == {"sku": "shirt", "price": 10, "tags": ["new"], "orderId": "o-1"}


def test_the_charge_lists_the_items_and_nothing_in_it_can_rename_the_order() -> None:
    (charge, *_) = order(SHIRT, orderId="other", items=[])
    assert charge.params == {"orderId": "o-1", "items": [SHIRT]}


@pytest.mark.parametrize("items", [*permutations([SHIRT, SOCKS, RED_SHIRT, SHIRT])])
def test_the_order_of_the_items_does_not_matter(items: tuple[Item, ...]) -> None:
    assert order(*items) == order(SHIRT, SOCKS, RED_SHIRT, SHIRT)


def test_the_order_of_the_keys_in_an_item_does_not_matter() -> None:
    assert order({"sku": "shirt", "price": 10}) == order({"price": 10, "sku": "shirt"})


def test_every_event_of_an_order_has_an_identity_of_its_own_even_for_equal_lines() -> None:
    assert len(set(ids(order(SHIRT, SHIRT, RED_SHIRT, SOCKS)))) == 5


def test_identities_are_the_same_for_ever() -> None:
    assert ids(order(SHIRT)) == [
        UUID("7c5c37bb-8318-5ffe-8132-c2eafdd0ff81"),
        UUID("e745efe1-dbda-52c6-9dae-5d555decca47"),
    ]


def test_another_order_and_another_customer_share_no_identity() -> None:
    one, two, three = order(SHIRT), order(SHIRT, order_id="o-2"), order(SHIRT, customer=OTHER)
    assert len({*ids(one), *ids(two), *ids(three)}) == 6


def test_what_was_handed_in_is_not_changed() -> None:
    item = dict(SHIRT)
    order(item, item)
    assert item == SHIRT


def test_an_order_without_an_id_or_without_items_is_refused() -> None:
    with refused(Reason.INVALID_PARAMS):
        order(SHIRT, order_id="")
    with refused(Reason.INVALID_PARAMS):
        order()


@pytest.mark.parametrize("item", [{}, {"sku": ""}, {"sku": None}, {"sku": 7}, {"name": "Shirt"}])
def test_an_item_without_a_sku_is_refused(item: Item) -> None:
    with refused(Reason.INVALID_PARAMS) as caught:
        order(SHIRT, item)
    assert "sku" in caught.value.detail


@pytest.mark.parametrize("value", [object(), 1j, "\ud800"])
def test_an_item_that_is_no_json_is_refused(value: Any) -> None:
    with refused(Reason.INVALID_PARAMS):
        order({"sku": "shirt", "extra": value})
    with refused(Reason.INVALID_PARAMS):
        order({"sku": value})


def test_nesting_without_end_in_an_item_is_refused() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with refused(Reason.INVALID_PARAMS):
        order({"sku": "shirt", "extra": deep})


@pytest.mark.parametrize("order_id", ["\ud800", "o-\udfff"])
def test_an_order_id_that_is_no_text_is_refused(order_id: str) -> None:
    with refused(Reason.INVALID_PARAMS):
        order(SHIRT, order_id=order_id)


LINES = st.lists(
    st.fixed_dictionaries({"sku": st.sampled_from("ab"), "price": st.integers(0, 2)}), min_size=1, max_size=6
)


@LAW
@given(LINES, st.data())
def test_any_permutation_of_any_items_is_the_same_order(items: list[Item], data: st.DataObject) -> None:
    events = order(*items)
    assert order(*data.draw(st.permutations(items))) == events
    assert len(set(ids(events))) == len(items) + 1
