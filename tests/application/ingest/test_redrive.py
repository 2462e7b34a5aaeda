"""What was refused is handed in again, as it came, and kept until it is refused no longer."""

from __future__ import annotations

import json

from footfall.domain.definition import Parameter, ParameterType
from footfall.domain.errors import Reason
from footfall.domain.events import ActivityRecorded
from footfall.domain.moments import MINUTE
from footfall.domain.results import Result, Status
from tests.application.desk import Desk, order, update, visit
from tests.builders import CUSTOMER, NOON, uid

COUNT = visit(1, action="entries.count", params={"n": 3})
INTEGER, TEXT = Parameter(ParameterType.INTEGER, required=True), Parameter(ParameterType.STRING)


def kept(desk: Desk) -> list[Reason]:
    return [one.reason for one in desk.log.kept]


def test_a_redrive_releases_what_is_refused_no_longer() -> None:
    desk = Desk()
    desk.send(COUNT)
    desk.define("entries.count", parameters={"n": INTEGER})
    assert desk.ingest.redrive() == [Result(Status.ACCEPTED, uid(1))]
    assert desk.log.kept == []
    assert desk.stored() == [uid(1)]


def test_a_redrive_keeps_what_is_still_refused_as_it_was() -> None:
    desk = Desk()
    desk.send(COUNT)
    before = [*desk.log.kept]
    assert [result.reason for result in desk.ingest.redrive()] == [Reason.UNDEFINED_ACTION]
    assert desk.log.kept == before


def test_a_redriven_event_is_what_it_would_have_been_when_it_was_handed_in() -> None:
    desk = Desk()
    desk.send(COUNT)
    desk.now += 90 * MINUTE
    desk.define("entries.count", parameters={"n": INTEGER})
    desk.ingest.redrive()
    assert desk.log.history(CUSTOMER) == [
        ActivityRecorded(NOON, NOON, uid(1), "entries.count", {"n": 3}, is_session_activity=False),
    ]


def test_a_redriven_event_without_an_id_keeps_the_one_it_was_given_at_the_door() -> None:
    desk = Desk(ids_from=70)
    desk.send(visit(action="entries.count"))
    desk.define("entries.count")
    assert desk.ingest.redrive() == [Result(Status.ACCEPTED, uid(70))]


def test_a_redrive_may_be_for_one_reason() -> None:
    desk = Desk()
    desk.send(COUNT, visit(2, params={}))
    desk.define("entries.count")
    assert desk.ingest.redrive(Reason.MISSING_PARAMETER)[0].reason is Reason.MISSING_PARAMETER
    assert kept(desk) == [Reason.UNDEFINED_ACTION, Reason.MISSING_PARAMETER]
    desk.ingest.redrive(Reason.UNDEFINED_ACTION)
    assert kept(desk) == [Reason.MISSING_PARAMETER]


def test_a_rejection_whose_reason_has_changed_is_kept_with_the_new_one_only() -> None:
    desk = Desk()
    desk.send(COUNT)
    desk.define("entries.count", parameters={"who": Parameter(ParameterType.STRING, required=True)})
    desk.ingest.redrive(Reason.UNDEFINED_ACTION)
    assert kept(desk) == [Reason.MISSING_PARAMETER]


def test_a_redrive_hands_each_rejection_in_once_even_if_its_reason_changes() -> None:
    desk = Desk()
    desk.send(COUNT)
    desk.define("entries.count", parameters={"who": Parameter(ParameterType.STRING, required=True)})
    assert [result.reason for result in desk.ingest.redrive()] == [Reason.MISSING_PARAMETER]


def test_a_rejection_that_was_sent_again_meanwhile_is_released_as_a_duplicate() -> None:
    desk = Desk()
    desk.send(COUNT)
    desk.define("entries.count")
    desk.send(COUNT)
    assert [result.status for result in desk.ingest.redrive()] == [Status.DUPLICATE]
    assert (desk.log.kept, desk.stored()) == ([], [uid(1)])


def test_a_conflict_stays_a_conflict() -> None:
    desk = Desk()
    desk.send(visit(1), visit(1, params={"url": "/other"}))
    assert [result.reason for result in desk.ingest.redrive()] == [Reason.CONFLICT]
    assert kept(desk) == [Reason.CONFLICT]


def test_more_rejections_than_a_batch_are_all_taken() -> None:
    desk = Desk()
    desk.send(*(visit(n, action="entries.count") for n in range(1, 1_202)))
    desk.define("entries.count")
    assert [result.event_id for result in desk.ingest.redrive()] == [uid(n) for n in range(1, 1_202)]
    assert desk.log.kept == []


def test_attributes_and_orders_are_kept_and_redriven_as_what_they_are() -> None:
    desk = Desk()
    line = {"sku": "shirt", "campaign": 5}
    desk.define("product.buy", parameters={"campaign": TEXT})
    desk.charge(order(items=[line]))
    desk.update(update(1, attributes={}))
    assert kept(desk) == [Reason.WRONG_TYPE, Reason.INVALID_PARAMS]
    assert [result.reason for result in desk.ingest.redrive()] == [Reason.WRONG_TYPE, Reason.INVALID_PARAMS]
    assert [json.loads(one.content) for one in desk.log.kept] == [order(items=[line]), update(1, attributes={})]
