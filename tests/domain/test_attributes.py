from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.attributes import Attribute, latest
from footfall.domain.events import ActivityRecorded, AttributesUpdated
from tests.builders import LAW, NOON, facts, learned, uid


def values(*updates: AttributesUpdated) -> dict[str, Any]:
    known: dict[str, Attribute] = {}
    for update in updates:
        known = latest(known, update)
    return {name: attribute.value for name, attribute in known.items()}


OLD, NEW = learned(NOON, 9, city="Brno", plan="free"), learned(NOON + 1, 1, city="Wien")


@pytest.mark.parametrize("arrival", [*permutations([OLD, NEW])])
def test_the_value_with_the_latest_time_wins_whatever_arrives_first(arrival: tuple[AttributesUpdated, ...]) -> None:
    assert values(*arrival) == {"city": "Wien", "plan": "free"}


@pytest.mark.parametrize("arrival", [*permutations([learned(NOON, 1, city="Brno"), learned(NOON, 2, city="Wien")])])
def test_at_one_moment_the_greater_id_wins(arrival: tuple[AttributesUpdated, ...]) -> None:
    assert values(*arrival) == {"city": "Wien"}


@pytest.mark.parametrize(
    "arrival", [*permutations([learned(NOON, 1, ahead=1, city="Brno"), learned(NOON, 2, city="Wien")])]
)
def test_at_one_moment_what_was_claimed_to_be_later_wins(arrival: tuple[AttributesUpdated, ...]) -> None:
    assert values(*arrival) == {"city": "Brno"}


@pytest.mark.parametrize("arrival", [*permutations([OLD, learned(NOON + 1, 1, city=None)])])
def test_none_forgets_an_attribute_and_old_data_does_not_bring_it_back(arrival: tuple[AttributesUpdated, ...]) -> None:
    assert values(*arrival) == {"city": None, "plan": "free"}


def test_what_was_known_before_is_not_changed_in_place() -> None:
    before = {"city": Attribute(NOON, uid(1), "Brno")}
    assert latest(before, NEW)["city"].value == "Wien"
    assert before == {"city": Attribute(NOON, uid(1), "Brno")}


@LAW
@given(facts())
def test_each_attribute_is_that_of_the_latest_update_that_names_it(
    arrived: list[ActivityRecorded | AttributesUpdated],
) -> None:
    updates = [fact for fact in arrived if isinstance(fact, AttributesUpdated)]
    wanted: dict[str, Any] = {}
    for update in sorted(updates, key=lambda update: (update.time, update.ahead, update.event_id)):
        wanted.update(update.attributes)
    assert values(*updates) == wanted


@LAW
@given(facts(), st.data())
def test_any_order_of_arrival_gives_the_same_attributes(
    arrived: list[ActivityRecorded | AttributesUpdated], data: st.DataObject
) -> None:
    updates = [fact for fact in arrived if isinstance(fact, AttributesUpdated)]
    assert values(*data.draw(st.permutations(updates))) == values(*updates)
