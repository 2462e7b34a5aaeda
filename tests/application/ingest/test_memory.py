"""What was handed in is let go once it is answered, above all what was refused: anybody may send it for ever."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

import pytest

from footfall.domain.errors import Reason
from footfall.domain.moments import iso
from footfall.domain.sender import SERVER, Sender
from tests.application.desk import Desk
from tests.builders import CUSTOMER, NOON, OTHER, URL, uid


class Sent(dict[str, Any]):
    """An event as it is sent, of which it can be told whether it is still held."""


def sent(**content: Any) -> Sent:
    usual = {"uuid": CUSTOMER, "action": "page.visit", "params": {"url": URL}, "time": iso(NOON), "event_id": uid(1)}
    return Sent(usual | content)


@pytest.mark.parametrize(
    ("reason", "content", "sender"),
    [
        (None, {}, SERVER),
        (Reason.UNDEFINED_ACTION, {"action": "no.such"}, SERVER),
        (Reason.UNDEFINED_ACTION, {"action": "no.such", "event_id": None}, SERVER),
        (Reason.MISSING_PARAMETER, {"params": {}}, SERVER),
        (Reason.INVALID_PARAMS, {"params": {"url": URL, "bytes": b""}}, SERVER),
        (Reason.INVALID_TIME, {"time": "yesterday"}, SERVER),
        (Reason.INVALID_EVENT, {"surplus": 1}, SERVER),
        (Reason.FOREIGN_CUSTOMER, {}, Sender.anonymous(OTHER)),
        (Reason.ACCESS_DENIED, {"action": "client.login", "params": {}}, Sender.anonymous(CUSTOMER)),
    ],
)
def test_nothing_that_was_handed_in_is_held(reason: Reason | None, content: dict[str, Any], sender: Sender) -> None:
    desk, event = Desk(), sent(**content)
    assert [result.reason for result in desk.send(event, sender=sender)] == [reason]
    held = ref(event)
    del event
    gc.collect()
    assert held() is None


def test_nothing_that_conflicts_is_held() -> None:
    desk, event = Desk(), sent(params={"url": "/other"})
    desk.send(sent())
    assert [result.reason for result in desk.send(event)] == [Reason.CONFLICT]
    held = ref(event)
    del event
    gc.collect()
    assert held() is None
