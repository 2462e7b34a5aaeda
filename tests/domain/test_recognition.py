"""Who is recognised, and whom that keeps out."""

from __future__ import annotations

from typing import Any

import pytest

from footfall.domain.customer import INITIAL, Customer, evolve
from footfall.domain.errors import Reason
from footfall.domain.events import AttributesUpdated, CustomerEvent
from footfall.domain.recognition import closed_to_anonymous, is_closed, is_recognised, may_recognise
from footfall.domain.sender import SERVER, Sender
from tests.builders import CUSTOMER, NOON, activity, learned, uid

LOGIN = activity(NOON, 1, action="client.login")


def after(*events: CustomerEvent) -> Customer:
    state = INITIAL
    for event in events:
        state = evolve(state, event)
    return state


@pytest.mark.parametrize("name", ["email", "phone", "customId"])
def test_an_identifier_makes_a_customer_recognised_as_long_as_it_is_set(name: str) -> None:
    def told(time: int, value: Any) -> AttributesUpdated:
        return AttributesUpdated(time, time, uid(time - NOON + 1), {name: value})

    assert is_recognised(after(told(NOON, "a@shop.example")))
    assert is_recognised(after(told(NOON, 0)))
    assert not is_recognised(after(told(NOON, "a@shop.example"), told(NOON + 1, None)))


@pytest.mark.parametrize(("said", "recognised"), [(True, True), (False, False), (1, False), ("true", False)])
def test_a_backend_may_say_that_a_customer_is_recognised(said: Any, recognised: bool) -> None:
    assert is_recognised(after(learned(NOON, 1, recognised=said))) == recognised


def test_a_login_makes_a_customer_recognised_and_other_activity_does_not() -> None:
    assert is_recognised(after(LOGIN))
    assert not is_recognised(after(activity(NOON, 1), learned(NOON, 2, city="Brno", emails=1)))
    assert not is_recognised(INITIAL)


@pytest.mark.parametrize("event", [LOGIN, learned(NOON, 1, email="a@shop.example")])
def test_whatever_makes_a_customer_recognised_is_known_as_such(event: Any) -> None:
    assert may_recognise(event)
    assert not may_recognise(activity(NOON, 1))


def test_a_recognised_customer_is_closed_to_anonymous_senders_alone() -> None:
    for closed, sender in (
        (True, Sender.anonymous(CUSTOMER)),
        (False, Sender.anonymous_with_jwt(CUSTOMER)),
        (False, Sender.authenticated(CUSTOMER)),
        (False, SERVER),
    ):
        assert is_closed(after(LOGIN), sender) == closed
        assert not is_closed(INITIAL, sender)


def test_the_refusal_names_nothing_of_the_customer() -> None:
    refused = closed_to_anonymous()
    assert refused.reason is Reason.ACCESS_DENIED
    assert not {"login", "email", "recognised", str(CUSTOMER)} & set(refused.detail.split())
