"""Whether what is sent again under a known id says the same: a duplicate, or else a conflict."""

from __future__ import annotations

from typing import Any

import msgspec

from ...domain.actions import PAGE_VISIT, TRANSACTION_CHARGE
from ...domain.builtin import PAGE_FACTS
from ...domain.events import ActivityRecorded, Fact
from ...domain.json_equality import same
from ...domain.orders import same_charge


def same_content(stored: Fact, sent: Fact, claimed: int | None) -> bool:
    """Whether a stored fact says what is sent again; when it was received does not matter."""
    if type(stored) is not type(sent) or stored.action != sent.action:
        return False
    if claimed is None:
        same_time = stored.time == stored.received_at and stored.claimed_time is None
    else:
        same_time = claimed == (stored.time if stored.claimed_time is None else stored.claimed_time)
    return same_time and _same_body(stored, sent)


def _same_body(stored: Fact, sent: Fact) -> bool:
    # Encoded, because Python holds 1 and True for equal; as they are first, which is the quicker one and nearly always
    # enough.
    one, other = _body(stored), _body(sent)
    if _encoded(one) == _encoded(other):
        return True
    return same_charge(one, other) if stored.action == TRANSACTION_CHARGE else same(one, other)


def _encoded(body: dict[str, Any]) -> bytes:
    return msgspec.msgpack.encode(body, order="deterministic")


def _body(fact: Fact) -> dict[str, Any]:
    if not isinstance(fact, ActivityRecorded):
        return fact.attributes
    if fact.action != PAGE_VISIT:
        return fact.params
    # The door added these, not the sender, who may send the same visit again from another network.
    return {name: value for name, value in fact.params.items() if name not in PAGE_FACTS}
