from __future__ import annotations

from dataclasses import replace
from typing import Any

from footfall.application.ports.log import StreamAppend
from footfall.domain.definition import Parameter, ParameterType
from footfall.domain.events import SessionAnnouncement
from footfall.domain.moments import to_datetime
from tests.application.desk import Desk, at, order, update, visit
from tests.builders import CUSTOMER, NOON, URL, end_of, uid
from tests.contracts.log.streams import write


def labels(desk: Desk, **options: Any) -> list[str]:
    return [entry.label for entry in desk.queries.timeline(CUSTOMER, **options)]


def test_a_timeline_shows_labels_the_newest_first_by_event_time() -> None:
    desk = Desk()
    desk.send(
        at(1, -5, params={"url": URL, "title": "Shoes"}), at(2, -9, action="button.click", params={"text": "Buy"})
    )
    assert labels(desk) == ["Visited page Shoes", "Started session", "Session revised", "Clicked Buy"]


def test_the_end_of_a_session_is_shown_at_its_deadline() -> None:
    desk = Desk()
    desk.send(visit(1))
    (session,) = desk.log.state(CUSTOMER).sessions
    with desk.log.transaction([CUSTOMER]) as transaction:
        write(transaction, [StreamAppend(CUSTOMER, desk.log.state(CUSTOMER).version, [end_of(session)])])
    newest = desk.queries.timeline(CUSTOMER)[0]
    assert (newest.label, newest.action) == ("Session end", "session.end")
    assert newest.time == to_datetime(session.deadline)


def test_at_one_moment_what_was_written_last_comes_first() -> None:
    desk = Desk()
    desk.charge(order("o-1", "shirt"))
    assert labels(desk) == ["Bought", "Order o-1"]


def test_a_timeline_has_a_limit_and_attributes_are_no_part_of_it() -> None:
    desk = Desk()
    desk.update(update(900))
    desk.send(*(at(n, -n) for n in range(1, 80)))
    assert len(desk.queries.timeline(CUSTOMER)) == 50
    assert len(desk.queries.timeline(CUSTOMER, limit=None)) == len(desk.log.history(CUSTOMER)) - 1
    assert [entry.event_id for entry in desk.queries.timeline(CUSTOMER, limit=1)] == [str(uid(1))]


def test_params_that_are_not_defined_are_shown_raw_only() -> None:
    desk = Desk()
    desk.send(visit(1, params={"url": URL, "extra": [1]}))
    plain, raw = (desk.queries.timeline(CUSTOMER, raw=raw)[0] for raw in (False, True))
    assert (plain.params, raw.params) == ({"url": URL}, {"url": URL, "extra": [1]})
    assert replace(raw, params=plain.params) == plain


def test_a_param_that_is_defined_later_is_shown_from_then_on_for_what_came_before_too() -> None:
    desk = Desk()
    desk.send(visit(1, params={"url": URL, "campaign": "May"}))
    Desk(desk.log).define(
        "page.visit", label="Came from {{campaign}}", parameters={"campaign": Parameter(ParameterType.STRING)}
    )
    newest = desk.queries.timeline(CUSTOMER)[0]
    assert (newest.label, newest.params) == ("Came from May", {"url": URL, "campaign": "May"})


def test_a_label_does_not_show_a_param_that_is_not_defined() -> None:
    desk = Desk()
    desk.define("page.visit", label="Saw {{secret}}")
    desk.send(visit(1, params={"url": URL, "secret": "s"}))
    assert desk.queries.timeline(CUSTOMER, raw=True)[0].label == "Saw"


def test_an_action_that_is_defined_no_longer_is_shown_by_its_name() -> None:
    desk = Desk()
    desk.define("entries.count", label="Counted {{n}}", parameters={"n": Parameter(ParameterType.INTEGER)})
    desk.send(visit(1, action="entries.count", params={"n": 3}))
    assert labels(desk) == ["Counted 3"]
    desk.definitions.remove("entries.count")
    (entry,) = desk.queries.timeline(CUSTOMER)
    assert (entry.label, entry.params) == ("entries.count", {})


def test_a_time_that_was_claimed_is_shown_where_it_was_not_taken() -> None:
    desk = Desk()
    desk.send(at(1, 5), at(2, -5))
    shown = {entry.event_id: entry.claimed_time for entry in desk.queries.timeline(CUSTOMER)}
    assert (shown[str(uid(1))], shown[str(uid(2))]) == (to_datetime(NOON + 5), None)


def test_every_announcement_has_a_label() -> None:
    desk = Desk()
    desk.send(at(1, 0), at(2, -5))
    announced = [one for one in desk.log.history(CUSTOMER) if isinstance(one, SessionAnnouncement)]
    shown = {entry.event_id: entry for entry in desk.queries.timeline(CUSTOMER)}
    assert [shown[str(one.event_id)].params for one in announced] == [one.params for one in announced]
