"""Whatever is handed in is answered: a refusal is never an exception, and spoils nothing for its neighbours."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from footfall.application.ingest.submissions import Event
from footfall.application.ports.vocabulary import SubmissionKind
from footfall.domain.errors import Reason
from footfall.domain.results import Status
from footfall.domain.sender import SERVER, Sender
from tests.application.desk import Desk, order, update, visit
from tests.builders import CUSTOMER, URL, uid


def bottomless() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


def circular() -> list[Any]:
    endless: list[Any] = []
    endless.append(endless)
    return endless


HOSTILE: dict[str, Callable[[], Any]] = {
    "nul": lambda: "a\x00b",
    "surrogate": lambda: "\ud800",
    "nan": lambda: math.nan,
    "infinity": lambda: [math.inf],
    "large integer": lambda: 2**53,
    "larger integer": lambda: 2**70,
    "huge integer": lambda: 10**5_000,
    "object": object,
    "set": lambda: {1},
    "bytes": lambda: b"1",
    "decimal of too many digits": lambda: Decimal("0.1234567890123456789"),
    "number as a key": lambda: {1: 2},
    "bottomless": bottomless,
    "circular": circular,
}


def as_mapping(params: dict[Any, Any]) -> Any:
    return visit(1, params=params)


def as_event(params: dict[Any, Any]) -> Any:
    return Event(CUSTOMER, "page.visit", params, event_id=uid(1))


@pytest.mark.parametrize("give", [as_mapping, as_event])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_params_that_no_database_can_keep_are_refused_alone(hostile: str, give: Callable[[Any], Any]) -> None:
    desk = Desk()
    results = desk.send(visit(2), give({"url": URL, "extra": HOSTILE[hostile]()}), visit(3))
    assert [result.reason for result in results] == [None, Reason.INVALID_PARAMS, None]
    assert desk.stored() == [uid(2), uid(3)]


@pytest.mark.parametrize(
    "hostile", ["object", "set", "bytes", "decimal of too many digits", "number as a key", "nan", "surrogate"]
)
def test_a_redrive_does_not_take_in_what_is_merely_like_what_was_refused(hostile: str) -> None:
    desk = Desk()
    desk.send(as_mapping({"url": URL, "extra": HOSTILE[hostile]()}))
    assert [result.status for result in desk.ingest.redrive()] == [Status.REJECTED]
    assert len(desk.log.kept) == 1


@pytest.mark.parametrize("hostile", HOSTILE)
def test_attributes_that_no_database_can_keep_are_refused(hostile: str) -> None:
    (result,) = Desk().update(update(1, attributes={"extra": HOSTILE[hostile]()}))
    assert result.reason is Reason.INVALID_PARAMS


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_order_that_no_database_can_keep_is_refused(hostile: str) -> None:
    value = HOSTILE[hostile]()
    for content in (order(items=[{"sku": "shirt", "extra": value}]), order(params={"extra": value})):
        (result,) = Desk().charge(content)
        assert result.reason is Reason.INVALID_PARAMS


@pytest.mark.parametrize("order_id", ["\ud800", "o\x00", ""])
def test_an_order_under_an_id_that_is_no_text_is_refused(order_id: str) -> None:
    (result,) = Desk().charge(order(order_id))
    assert result.reason is Reason.INVALID_PARAMS


@pytest.mark.parametrize("key", [1, None, True])
@pytest.mark.parametrize("give", [as_mapping, as_event])
def test_a_key_that_is_no_text_is_refused(give: Callable[[Any], Any], key: object) -> None:
    (result,) = Desk().send(give({"url": URL, key: "v"}))
    assert result.reason in (Reason.INVALID_PARAMS, Reason.INVALID_EVENT)


def test_an_anonymous_sender_learns_nothing_of_whom_the_same_batch_makes_recognised() -> None:
    recognised = SubmissionKind.ATTRIBUTES, update(1, attributes={"email": "a@b.example"}), SERVER
    for action, reason in (("no.such", Reason.UNDEFINED_ACTION), ("page.visit", Reason.ACCESS_DENIED)):
        guess = SubmissionKind.EVENT, visit(1, action=action), Sender.anonymous(CUSTOMER)
        assert [result.reason for result in Desk().ingest.submit_each([recognised, guess])] == [None, reason]
