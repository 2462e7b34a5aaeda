"""Orders: what the transactions call writes, so that sending an order again changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from .actions import PRODUCT_BUY, TRANSACTION_CHARGE
from .derived_id import derived_id
from .errors import Reason, Rejected, shown
from .json_equality import canonical
from .params import plain


class OrderEvent(NamedTuple):
    """One event of an order, with the id that every sending of the same order gives it."""

    event_id: UUID
    action: str
    params: dict[str, Any]


def order_events(
    customer: UUID,
    order_id: str,
    items: Sequence[Mapping[str, Any]],
    charge: Mapping[str, Any],
    event_id: UUID | None = None,
) -> list[OrderEvent]:
    """One `transaction.charge` and a `product.buy` for each line item, in an order that does not depend on `items`.

    A line item is known by its order, its `sku` and its rank among the lines of that sku; the charge by its order, or
    by `event_id` where it has one. `charge` holds further params of the charge. Raises `Rejected` (`invalid_params`)
    for an empty order or an item without a `sku`.
    """
    if not order_id or not items:
        raise Rejected(Reason.INVALID_PARAMS, "an order needs an order_id and at least one item")
    params = plain({**charge, "orderId": order_id, "items": items}, "an order's params")
    lines = params["items"] = sorted(params["items"], key=_written)
    order = charge_id(customer, order_id)
    events = [OrderEvent(event_id or order, TRANSACTION_CHARGE, params)]
    ranks: Counter[str] = Counter()
    for line in lines:
        sku = line.get("sku")
        if not isinstance(sku, str) or not sku:
            raise Rejected(Reason.INVALID_PARAMS, f"every item of an order needs a sku: {shown(line)}")
        ranks[sku] += 1
        identity = derived_id(order, f"line {ranks[sku]} of {sku}")
        events.append(OrderEvent(identity, PRODUCT_BUY, {**line, "orderId": params["orderId"]}))
    return events


def charge_id(customer: UUID, order_id: str) -> UUID:
    """The id of an order's charge, unless its sender gave one."""
    return derived_id(customer, f"order {order_id}")


def same_charge(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two charges are of the same order: numbers by value, the items in any order."""
    return _compared(one) == _compared(other)


def _compared(charge: Mapping[str, Any]) -> bytes:
    # Where none was given, an earlier Footfall has stored None for revenue and currency.
    left_out = {name for name in ("revenue", "currency") if charge.get(name) is None}
    params = {name: value for name, value in charge.items() if name not in left_out}
    return canonical(params | {"items": sorted(map(canonical, charge["items"]))})


def _written(line: Mapping[str, Any]) -> bytes:
    # The ranks, and so the ids, of all orders that are stored follow from it: it stays as it is.
    return msgspec.json.encode(line, order="deterministic")
