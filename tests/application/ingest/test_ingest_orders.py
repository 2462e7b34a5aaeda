"""An order is taken in as a whole or not at all."""

from __future__ import annotations

import pytest

from footfall.domain.errors import Reason
from footfall.domain.events import ActivityRecorded
from footfall.domain.results import Result, Status
from tests.application.desk import Desk, order
from tests.builders import CUSTOMER


def statuses(results: list[Result]) -> list[Status]:
    return [result.status for result in results]


def test_the_events_of_an_order_stand_together() -> None:
    desk = Desk()
    (result,) = desk.charge(order("o-1", "shirt", "socks"))
    facts = [event for event in desk.log.history(CUSTOMER) if isinstance(event, ActivityRecorded)]
    assert [fact.action for fact in facts] == ["transaction.charge", "product.buy", "product.buy"]
    assert result == Result(Status.ACCEPTED, facts[0].event_id)
    assert desk.queries.profile(CUSTOMER).sessions == 0


def test_the_events_of_an_order_fall_together() -> None:
    desk = Desk()
    bad_line = order(items=[{"sku": "shirt"}, {"sku": "socks", "quantity": "two"}])
    assert [result.reason for result in desk.charge(bad_line)] == [Reason.WRONG_TYPE]
    assert desk.log.history(CUSTOMER) == []


def test_an_order_again_is_a_duplicate_in_whatever_order_its_items_come() -> None:
    desk = Desk()
    results = desk.charge(order("o-1", "shirt", "socks"), order("o-1", "socks", "shirt"), order("o-2", "shirt"))
    assert statuses(results) == [Status.ACCEPTED, Status.DUPLICATE, Status.ACCEPTED]
    assert statuses(Desk(desk.log).charge(order("o-1", "socks", "shirt"))) == [Status.DUPLICATE]
    assert len(desk.stored()) == 5


@pytest.mark.parametrize("other", [("shirt",), ("shirt", "socks", "hat"), ("shirt", "hat")])
def test_another_order_under_a_known_id_is_a_conflict_and_nothing_of_it_is_written(other: tuple[str, ...]) -> None:
    desk = Desk()
    desk.charge(order("o-1", "shirt", "socks"))
    assert [result.reason for result in desk.charge(order("o-1", *other))] == [Reason.CONFLICT]
    assert len(desk.stored()) == 3
