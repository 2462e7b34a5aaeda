"""What senders hand in becomes facts, without a log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from footfall.application.ingest.admission import admit
from footfall.application.ingest.rejections import keep_content, rejection, resubmit
from footfall.application.ingest.submissions import Admitted, Attributes, Event, HandedIn, Submission, submit
from footfall.application.ports.vocabulary import SubmissionKind
from footfall.domain.builtin import BUILT_IN
from footfall.domain.definition import Definition
from footfall.domain.errors import Reason, Rejected
from footfall.domain.events import ActivityRecorded, AttributesUpdated
from footfall.domain.orders import charge_id
from footfall.domain.sender import SERVER, Sender
from tests.application.desk import order, update, visit
from tests.builders import CUSTOMER, NOON, OTHER, TIMEOUT, URL, refused, uid

FRESH = uid(77)


def hand_in(content: Any, kind: SubmissionKind = SubmissionKind.EVENT, sender: Sender = SERVER) -> Submission:
    return submit(HandedIn(kind, content, sender), NOON, lambda: FRESH)


def admitted(content: Any, kind: SubmissionKind = SubmissionKind.EVENT, sender: Sender = SERVER) -> Admitted:
    return admit(hand_in(content, kind, sender), BUILT_IN, TIMEOUT)


def only_fact(content: Any, kind: SubmissionKind = SubmissionKind.EVENT) -> Any:
    (fact,) = admitted(content, kind).facts
    return fact


def test_an_event_becomes_one_activity() -> None:
    assert admitted(visit(1)) == Admitted(
        CUSTOMER, (ActivityRecorded(NOON, NOON, uid(1), "page.visit", {"url": URL}, is_session_activity=True),), None
    )


def test_attributes_become_one_update() -> None:
    assert admitted(update(1, attributes={"city": None}), SubmissionKind.ATTRIBUTES) == Admitted(
        CUSTOMER, (AttributesUpdated(NOON, NOON, uid(1), {"city": None}),), None
    )


@pytest.mark.parametrize("content", [visit(1), Event(CUSTOMER, "page.visit", {"url": URL}, event_id=uid(1))])
def test_an_id_that_is_given_is_kept(content: Any) -> None:
    assert hand_in(content).fresh_id is None
    assert only_fact(content).event_id == uid(1)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (SubmissionKind.EVENT, visit(event_id=str(charge_id(CUSTOMER, "A-1")))),
        (SubmissionKind.ATTRIBUTES, update(event_id=str(charge_id(CUSTOMER, "A-1")))),
    ],
)
def test_a_client_cannot_take_the_id_of_an_order_that_is_to_come(kind: SubmissionKind, content: Any) -> None:
    with refused(Reason.INVALID_EVENT) as why:
        admitted(content, kind, Sender.authenticated(CUSTOMER, remote=True))
    assert "version 5" in why.value.detail
    for trusted in (SERVER, Sender.authenticated(CUSTOMER)):
        assert admitted(content, kind, trusted).facts[0].event_id == charge_id(CUSTOMER, "A-1")


@pytest.mark.parametrize("content", [visit(), visit(event_id=None), Event(CUSTOMER, "page.visit", {"url": URL})])
def test_an_id_that_is_not_given_is_made_at_the_door(content: Any) -> None:
    assert hand_in(content).fresh_id == FRESH
    assert only_fact(content).event_id == FRESH


def test_an_update_without_an_id_gets_one_too() -> None:
    assert only_fact(update(), SubmissionKind.ATTRIBUTES).event_id == FRESH
    assert only_fact(Attributes(CUSTOMER, {"a": 1}), SubmissionKind.ATTRIBUTES).event_id == FRESH


@pytest.mark.parametrize("time", ["2015-05-18T11:00:00Z", 1_431_946_800_000, datetime(2015, 5, 18, 11, tzinfo=UTC)])
def test_a_time_that_is_given_is_the_time_of_the_event(time: Any) -> None:
    for content, kind in ((visit(time=time), SubmissionKind.EVENT), (update(time=time), SubmissionKind.ATTRIBUTES)):
        fact = only_fact(content, kind)
        assert (fact.time, fact.received_at, fact.claimed_time) == (NOON - 3_600_000_000, NOON, None)


def test_a_time_of_just_now_is_kept_and_one_after_it_becomes_now() -> None:
    now, later = only_fact(visit(time="2015-05-18T12:00:00Z")), only_fact(visit(time="2015-05-18T12:00:00.000001Z"))
    assert (now.time, now.claimed_time) == (NOON, None)
    assert (later.time, later.claimed_time) == (NOON, NOON + 1)


def test_what_was_claimed_is_known_to_who_compares() -> None:
    claims = [admitted(visit(time=time)).claimed for time in (None, 1_431_950_400_000, 1_431_950_400_001)]
    assert claims == [None, NOON, NOON + 1_000]


def test_a_time_among_the_params_is_plain_data() -> None:
    fact = only_fact(visit(params={"url": URL, "time": "2001-01-01T00:00:00Z"}))
    assert (fact.time, fact.params["time"]) == (NOON, "2001-01-01T00:00:00Z")


def test_params_that_are_not_defined_are_stored() -> None:
    assert only_fact(visit(params={"url": URL, "extra": [1, {"a": None}]})).params["extra"] == [1, {"a": None}]


def test_all_facts_of_an_order_have_its_time() -> None:
    facts = admitted(order(time="2015-05-18T13:00:00Z"), SubmissionKind.ORDER).facts
    assert [(fact.time, fact.claimed_time) for fact in facts] == [(NOON, NOON + 3_600_000_000)] * 3


def test_a_client_cannot_send_an_order() -> None:
    with refused(Reason.ACCESS_DENIED):
        admitted(order(), SubmissionKind.ORDER, Sender.authenticated(CUSTOMER))


def test_a_client_cannot_set_the_attributes_of_another_customer() -> None:
    with refused(Reason.FOREIGN_CUSTOMER):
        admitted(update(), SubmissionKind.ATTRIBUTES, Sender.authenticated(OTHER))


def test_an_update_of_nothing_is_refused() -> None:
    with refused(Reason.INVALID_PARAMS):
        admitted(update(attributes={}), SubmissionKind.ATTRIBUTES)


@pytest.mark.parametrize("action", ["session.start", "transaction.charge"])
def test_reserved_actions_are_refused_as_events(action: str) -> None:
    with refused(Reason.RESERVED_ACTION):
        admitted(visit(action=action))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (SubmissionKind.EVENT, visit(action="entries.count")),
        (SubmissionKind.EVENT, Event(CUSTOMER, "entries.count", {"n": 1}, "2015-05-18T11:00:00Z")),
        (SubmissionKind.EVENT, visit(1, uuid=CUSTOMER, event_id=uid(1), time=datetime(2015, 5, 18, tzinfo=UTC))),
        (SubmissionKind.ATTRIBUTES, update()),
        (SubmissionKind.ORDER, order()),
    ],
)
def test_what_is_handed_in_again_is_what_was_refused(kind: SubmissionKind, content: Mapping[str, Any]) -> None:
    first = hand_in(content, kind)
    kept = rejection(first, keep_content(first), Rejected(Reason.UNDEFINED_ACTION, "once more"))
    again = resubmit(kept)
    catalogue = {**BUILT_IN, "entries.count": Definition("entries.count", "")}
    assert admit(again, catalogue, TIMEOUT) == admit(first, catalogue, TIMEOUT)
    assert again.rejection_id == kept.rejection_id


def test_the_same_refusal_has_the_same_id_whatever_the_order_of_keys_and_the_hour() -> None:
    content = visit(1)
    shuffled = dict(reversed(content.items()))
    later = submit(HandedIn(SubmissionKind.EVENT, shuffled, SERVER), NOON + 1, lambda: FRESH)
    assert keep_content(hand_in(content)).rejection_id == keep_content(later).rejection_id
