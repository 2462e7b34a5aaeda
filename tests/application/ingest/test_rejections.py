"""What was refused is kept whole, and once."""

from __future__ import annotations

import json

import pytest

from footfall.application.ingest.rejections import describe_rejection
from footfall.domain.errors import Reason
from footfall.domain.moments import MINUTE, to_datetime
from footfall.domain.sender import Sender
from tests.application.desk import Desk, visit
from tests.builders import CUSTOMER, NOON, OTHER

COUNT = visit(1, action="entries.count", params={"n": 3})


def test_a_refused_event_is_kept_whole_with_the_reason() -> None:
    desk = Desk()
    desk.send(COUNT, sender=Sender.anonymous(CUSTOMER))
    (one,) = desk.log.kept
    assert json.loads(one.content) == COUNT
    assert (one.customer, one.received_at, one.sender) == (CUSTOMER, NOON, Sender.anonymous(CUSTOMER))
    assert (one.reason, one.detail) == (
        Reason.UNDEFINED_ACTION,
        "action entries.count is not defined; define it, then redrive",
    )


def test_a_refusal_is_kept_once_however_often_the_same_is_sent() -> None:
    desk = Desk()
    for _ in range(3):
        desk.send(COUNT, COUNT)
        desk.now += MINUTE
    assert len(desk.log.kept) == 1
    assert desk.log.kept[0].received_at == NOON


def test_refusals_that_differ_are_kept_each() -> None:
    desk = Desk()
    desk.send(COUNT, {**COUNT, "params": {"n": 4}}, {**COUNT, "uuid": str(OTHER)})
    desk.send(COUNT, sender=Sender.anonymous(CUSTOMER))
    assert [one.number for one in desk.log.kept] == [1, 2, 3, 4]


@pytest.mark.parametrize("content", [None, 7, "text", [], {}, {"uuid": "nobody", "action": "a.b"}])
def test_what_is_no_event_at_all_is_kept_too(content: object) -> None:
    desk = Desk()
    assert [result.reason for result in desk.send(content)] == [Reason.INVALID_EVENT]
    assert [result.reason for result in desk.ingest.redrive()] == [Reason.INVALID_EVENT]
    (one,) = desk.log.kept
    assert one.customer is None


def test_a_rejection_is_shown_with_its_moment() -> None:
    desk = Desk()
    desk.send(COUNT)
    shown = describe_rejection(desk.log.kept[0])
    assert (shown.uuid, shown.received_at) == (str(CUSTOMER), to_datetime(NOON))
    assert (shown.reason, shown.kind, json.loads(shown.content)) == ("undefined_action", "event", COUNT)


@pytest.mark.parametrize("field", ["uuid", "action", "params", "time", "event_id", "more"])
def test_a_field_that_is_nested_without_end_takes_nothing_else_with_it(field: str) -> None:
    desk = Desk()
    endless: list[object] = []
    for _ in range(100_000):
        endless = [endless]
    for number in (1, 2):
        (result,) = desk.send({"uuid": str(CUSTOMER), "action": f"is.{number}", "params": {}, field: endless})
        assert result.reason is not None
    assert all(f"is.{n}" in one.content for n, one in enumerate(desk.log.kept, 1)) or field == "action"
