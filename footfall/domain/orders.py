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
from .params import check


class OrderEvent(NamedTuple):
    """One event of an order, with the id that every sending of the same order gives it."""

    event_id: UUID
    action: str
    params: dict[str, Any]


def order_events(
    customer: UUID, order_id: str, items: Sequence[Mapping[str, Any]], charge: Mapping[str, Any]
) -> list[OrderEvent]:
    """One `transaction.charge` and a `product.buy` for each line item, in an order that does not depend on `items`.

    A line item is known by its order, its `sku` and its rank among the lines of that sku. `charge` holds further
    params of the charge. Raises `Rejected` (`invalid_params`) for an empty order or an item without a `sku`.
    """
    if not order_id or not items:
        raise Rejected(Reason.INVALID_PARAMS, "an order needs an order_id and at least one item")
    check({**charge, "orderId": order_id, "items": items})
    lines = sorted(map(dict, items), key=_canonical)
    params = {**charge, "orderId": order_id, "items": lines}
    events = [OrderEvent(derived_id(customer, f"order {order_id}"), TRANSACTION_CHARGE, params)]
    ranks: Counter[str] = Counter()
    for line in lines:
        sku = line.get("sku")
        if not isinstance(sku, str) or not sku:
            raise Rejected(Reason.INVALID_PARAMS, f"every item of an order needs a sku: {shown(line)}")
        ranks[sku] += 1
        identity = derived_id(events[0].event_id, f"line {ranks[sku]} of {sku}")
        events.append(OrderEvent(identity, PRODUCT_BUY, {**line, "orderId": order_id}))
    return events


def _canonical(line: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(line, order="deterministic")
