from __future__ import annotations

from itertools import count
from typing import Any
from uuid import UUID

import pytest

from footfall.application.ingest.ingest import BATCH
from footfall.application.ingest.submissions import Event
from footfall.domain.errors import Reason
from footfall.domain.events import ActivityRecorded, SessionStarted
from footfall.domain.moments import MINUTE
from footfall.domain.results import Result, Status
from footfall.domain.sender import Sender
from tests.application.desk import Desk, update, visit
from tests.builders import CUSTOMER, NOON, OTHER, URL, uid

ACCEPTED, DUPLICATE, REJECTED = Status.ACCEPTED, Status.DUPLICATE, Status.REJECTED


def statuses(results: list[Result]) -> list[Status]:
    return [result.status for result in results]


def test_an_event_is_written_after_the_session_that_it_opens() -> None:
    desk = Desk()
    assert desk.send(visit(1)) == [Result(ACCEPTED, uid(1))]
    started, recorded = desk.log.history(CUSTOMER)
    assert isinstance(started, SessionStarted)
    assert recorded == ActivityRecorded(NOON, NOON, uid(1), "page.visit", {"url": URL}, is_session_activity=True)


def test_a_batch_is_answered_for_each_event_in_order() -> None:
    desk = Desk()
    desk.send(visit(1))
    results = desk.send(
        visit(2), visit(1), visit(3, action="not.defined"), visit(2, params={"url": "/other"}), visit(4)
    )
    assert statuses(results) == [ACCEPTED, DUPLICATE, REJECTED, REJECTED, ACCEPTED]
    assert [result.reason for result in results] == [None, None, Reason.UNDEFINED_ACTION, Reason.CONFLICT, None]
    assert [result.event_id for result in results] == [uid(2), uid(1), uid(3), uid(2), uid(4)]
    assert desk.stored() == [uid(1), uid(2), uid(4)]


def test_the_same_event_twice_in_one_batch_is_written_once() -> None:
    desk = Desk()
    assert statuses(desk.send(visit(1), visit(1), visit(1))) == [ACCEPTED, DUPLICATE, DUPLICATE]
    assert desk.stored() == [uid(1)]


def test_one_id_for_two_contents_in_one_batch_is_a_conflict() -> None:
    desk = Desk()
    results = desk.send(visit(1), visit(1, params={"url": "/other"}))
    assert [result.reason for result in results] == [None, Reason.CONFLICT]


def test_an_id_that_only_a_refused_event_had_is_free() -> None:
    desk = Desk()
    results = desk.send(visit(1, params={}), visit(1))
    assert [result.reason for result in results] == [Reason.MISSING_PARAMETER, None]


def test_an_id_is_unique_within_a_customer_only() -> None:
    desk = Desk()
    assert statuses(desk.send(visit(1), visit(1, uuid=str(OTHER)))) == [ACCEPTED, ACCEPTED]
    assert (desk.stored(CUSTOMER), desk.stored(OTHER)) == ([uid(1)], [uid(1)])


def test_an_id_is_unique_among_all_that_a_customer_has() -> None:
    desk = Desk()
    assert [result.reason for result in (*desk.send(visit(1)), *desk.update(update(1)))] == [None, Reason.CONFLICT]


def test_an_id_is_remembered_for_ever() -> None:
    desk = Desk()
    desk.send(visit(1, time="2015-05-18T12:00:00Z"))
    desk.now += 10_000 * 24 * 60 * MINUTE
    assert statuses(Desk(desk.log, now=desk.now).send(visit(1, time="2015-05-18T12:00:00Z"))) == [DUPLICATE]


def test_an_event_without_an_id_gets_one_and_is_new_every_time() -> None:
    desk = Desk(ids_from=70)
    assert desk.send(visit(), visit()) == [Result(ACCEPTED, uid(70)), Result(ACCEPTED, uid(71))]


@pytest.mark.parametrize("give", [dict, lambda fields: Event(**{**fields, "uuid": CUSTOMER, "event_id": uid(1)})])
def test_an_event_is_taken_as_a_mapping_or_as_an_event(give: Any) -> None:
    desk = Desk()
    assert desk.send(give(visit(1))) == [Result(ACCEPTED, uid(1))]
    assert desk.stored() == [uid(1)]


def test_a_batch_that_was_answered_is_written_and_a_large_one_takes_several_transactions() -> None:
    desk = Desk()
    numbers = count(1)
    results = desk.send(*(visit(next(numbers), uuid=str(UUID(int=n % 7))) for n in range(BATCH + 1)))
    assert statuses(results) == [ACCEPTED] * (BATCH + 1)
    assert [result.event_id for result in results] == [uid(n) for n in range(1, BATCH + 2)]
    assert desk.log.transactions == 2


def test_nothing_handed_in_is_nothing_written() -> None:
    desk = Desk()
    assert desk.send() == []
    assert desk.log.transactions == 0


def test_a_client_may_not_write_for_another_customer() -> None:
    desk = Desk()
    results = desk.send(visit(1), visit(2, uuid=str(OTHER)), sender=Sender.anonymous(CUSTOMER))
    assert [result.reason for result in results] == [None, Reason.FOREIGN_CUSTOMER]


def test_the_mark_counts_as_it_stood_when_the_event_was_taken_in() -> None:
    desk = Desk()
    desk.define("entries.count")
    desk.send(visit(1, action="entries.count"))
    desk.define("entries.count", session_activity=True)
    desk.send(visit(2, action="entries.count"))
    facts = [event for event in desk.log.history(CUSTOMER) if isinstance(event, ActivityRecorded)]
    assert [fact.is_session_activity for fact in facts] == [False, True]
    assert desk.queries.profile(CUSTOMER).sessions == 1
