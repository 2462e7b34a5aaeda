"""An event of the wrong form is refused alone, and kept as its sender wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest

from footfall.application.ingest.submissions import Event
from footfall.domain.definition import Parameter, ParameterType
from footfall.domain.errors import Reason
from tests.application.desk import Desk, visit
from tests.builders import CUSTOMER, URL, uid


@pytest.mark.parametrize("time", ["yesterday", True, 1.5, "\ud800", 10**30, [], b"2015"])
def test_a_time_that_is_no_moment_is_refused(time: Any) -> None:
    desk = Desk()
    results = desk.send(visit(1, time=time), visit(2))
    assert [result.reason for result in results] == [Reason.INVALID_TIME, None]


@pytest.mark.parametrize("year", [1, 9999])
def test_a_time_that_lies_outside_the_years_in_utc_is_refused(year: int) -> None:
    desk = Desk()
    there = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    if year == 9999:
        there = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))
    assert [result.reason for result in desk.send(visit(1, time=there))] == [Reason.INVALID_TIME]
    assert [result.reason for result in desk.ingest.redrive()] == [Reason.INVALID_TIME]


def test_a_time_of_more_digits_than_can_be_shown_is_refused() -> None:
    desk = Desk()
    results = desk.send(visit(1, time=10**5_000), visit(2, time=[10**5_000]), visit(3))
    assert [result.reason for result in results] == [Reason.INVALID_TIME, Reason.INVALID_TIME, None]


@pytest.mark.parametrize(
    "fields",
    [
        {"uuid": "nobody"},
        {"uuid": 7},
        {"action": None},
        {"params": []},
        {"event_id": "x"},
        {"unknown": 1},
        {"\ud800": 1},
    ],
)
def test_a_field_of_the_wrong_form_is_refused(fields: dict[str, Any]) -> None:
    desk = Desk()
    results = desk.send({**visit(1), **fields}, visit(2))
    assert [result.reason for result in results] == [Reason.INVALID_EVENT, None]


@pytest.mark.parametrize("fields", [{"uuid": "nobody"}, {"uuid": 7}, {"action": 7}, {"params": []}, {"event_id": "x"}])
def test_an_event_whose_fields_are_of_the_wrong_type_is_refused(fields: dict[str, Any]) -> None:
    desk = Desk()
    wrong = Event(**{"uuid": CUSTOMER, "action": "page.visit", "params": {"url": URL}, **fields})
    results = desk.send(wrong, visit(2))
    assert [result.reason for result in results] == [Reason.INVALID_EVENT, None]


def test_an_event_may_name_its_customer_by_text() -> None:
    desk = Desk()
    named: Any = str(CUSTOMER)
    assert desk.send(Event(named, "page.visit", {"url": URL}, event_id=uid(1)))[0].reason is None
    assert desk.stored() == [uid(1)]


@pytest.mark.parametrize("give", [dict, MappingProxyType])
def test_a_refused_event_is_kept_under_the_id_that_its_sender_gave(give: Callable[[Any], Any]) -> None:
    desk = Desk()
    desk.send(give(visit(1, action="entries.count")))
    assert json.loads(desk.log.kept[0].content)["event_id"] == str(uid(1))


def test_a_required_parameter_that_is_missing_is_named() -> None:
    desk = Desk()
    desk.define("entries.count", parameters={"n": Parameter(ParameterType.INTEGER, required=True)})
    (result,) = desk.send(visit(1, action="entries.count"))
    assert result.reason is Reason.MISSING_PARAMETER
    assert "'n'" in result.detail
