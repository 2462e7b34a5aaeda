from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest

from footfall.application.ingest.same_content import same_content
from footfall.domain.events import ActivityRecorded, AttributesUpdated, SessionStarted
from tests.builders import NOON, uid

MERELY_ALIKE = [1, True, "1", [1], {"1": 1}]
ONE_NUMBER = [(6, 6.0), (0, -0.0), (-3.0, -3), (2**53 - 1, float(2**53 - 1)), (10**6, 1e6)]


def fact(params: dict[str, Any], *, time: int = NOON, received_at: int = NOON, action: str = "a.b") -> ActivityRecorded:
    claimed = time if time > received_at else None
    return ActivityRecorded(min(time, received_at), received_at, uid(1), action, params, True, claimed)


def known(params: dict[str, Any]) -> AttributesUpdated:
    return AttributesUpdated(NOON, NOON, uid(1), params)


def same(stored: Any, sent: Any, claimed: int | None = None) -> bool:
    return same_content(stored, sent, claimed)


def test_the_same_is_the_same() -> None:
    for value in [*MERELY_ALIKE, 1.5, 1e300]:
        assert same(fact({"n": value}), fact({"n": value}))
        assert same(known({"n": value}), known({"n": value}))


@pytest.mark.parametrize(("one", "other"), [*permutations(MERELY_ALIKE, 2), (0, False), (0.0, False), (None, 0)])
def test_values_that_are_merely_alike_differ(one: Any, other: Any) -> None:
    assert not same(fact({"n": one}), fact({"n": other}))
    assert not same(fact({"deep": [{"n": one}]}), fact({"deep": [{"n": other}]}))
    assert not same(known({"n": one}), known({"n": other}))


@pytest.mark.parametrize(("one", "other"), ONE_NUMBER)
def test_a_number_is_the_same_with_and_without_a_point(one: float, other: float) -> None:
    for stored, sent in ((one, other), (other, one)):
        assert same(fact({"n": stored}), fact({"n": sent}))
        assert same(fact({"deep": [{"n": stored}]}), fact({"deep": [{"n": sent}]}))
        assert same(known({"n": stored}), known({"n": sent}))


@pytest.mark.parametrize(("one", "other"), [(6, 6.5), (6.0, 7), (1e300, 1.1e300), (0.1 + 0.2, 0.3)])
def test_numbers_that_are_near_each_other_differ(one: float, other: float) -> None:
    assert not same(fact({"n": one}), fact({"n": other}))


def test_a_value_of_none_is_not_a_missing_one() -> None:
    assert not same(fact({"n": None}), fact({}))


def test_the_order_of_keys_does_not_matter_at_any_depth() -> None:
    one, other = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}
    assert same(fact(one), fact(other))
    assert same(known(one), known(other))


def test_the_order_of_a_list_matters() -> None:
    assert not same(fact({"n": [1, 2]}), fact({"n": [2, 1]}))


def test_another_action_differs() -> None:
    assert not same(fact({}), fact({}, action="a.c"))


def test_another_kind_of_fact_differs() -> None:
    assert not same(fact({"n": 1}), known({"n": 1}))
    assert not same(known({"n": 1}), fact({"n": 1}))
    assert not same(SessionStarted(NOON, NOON, uid(1), uid(2), uid(3), NOON, NOON), fact({}))


def test_when_it_was_received_does_not_matter() -> None:
    assert same(fact({}, time=NOON), fact({}, time=NOON, received_at=NOON + 5), NOON)


def test_no_time_matches_no_time() -> None:
    assert same(fact({}), fact({}, time=NOON + 5, received_at=NOON + 5))


def test_no_time_does_not_match_a_time_of_the_past_nor_one_of_the_future() -> None:
    assert not same(fact({}, time=NOON - 1), fact({}))
    assert not same(fact({}, time=NOON + 1), fact({}))


def test_a_time_does_not_match_another_one() -> None:
    assert not same(fact({}, time=NOON - 1), fact({}), NOON)
    assert not same(fact({}), fact({}, time=NOON - 1), NOON - 1)


def test_a_time_that_was_in_the_future_matches_itself_for_ever() -> None:
    stored = fact({}, time=NOON + 7)
    assert (stored.time, stored.claimed_time) == (NOON, NOON + 7)
    assert same(stored, fact({}, time=NOON + 7, received_at=NOON + 3), NOON + 7)
    assert same(stored, fact({}, time=NOON + 7, received_at=NOON + 99), NOON + 7)
    assert not same(stored, fact({}, time=NOON, received_at=NOON + 99), NOON)
    assert not same(stored, fact({}, time=NOON + 8, received_at=NOON + 99), NOON + 8)


def test_the_mark_as_it_stood_does_not_matter() -> None:
    stored = fact({"n": 1})
    assert same(stored, msgspec.structs.replace(stored, is_session_activity=False))


def test_what_the_door_adds_to_a_page_visit_is_not_its_content() -> None:
    sent = {"url": "/", "title": "Home"}
    seen = {"browser": "Firefox", "device": "desktop", "language": "de", "address": "203.0.113.0/24", "bot": True}
    stored = fact({**sent, **seen}, action="page.visit")
    for other in ({}, {"language": "en"}, {"address": "198.51.100.0/24", "browser": "Safari"}):
        assert same(stored, fact({**sent, **other}, action="page.visit"))
        assert same(fact({**sent, **other}, action="page.visit"), stored)
    assert not same(stored, fact({**sent, **seen, "title": "Other"}, action="page.visit"))
    assert not same(stored, fact({**sent, **seen, "utmSource": "mail"}, action="page.visit"))
    assert not same(fact({"language": "de"}), fact({"language": "en"}))
