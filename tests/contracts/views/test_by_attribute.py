"""Customers by the value of an attribute: who is found does not depend on the way in which they are looked for."""

from __future__ import annotations

from typing import Any

import pytest

import footfall
from footfall import AllOf, AtLeast, OneOf
from footfall.domain.moments import iso
from footfall.infrastructure.views.queries import by_attribute
from tests.contracts.support import NOON, SECOND, named, visit

VALUES: list[Any] = ["gold", "", 1, 1.0, 0, -0.0, True, False, "1", [1, 2], [2, 1], {"a": 1, "b": [0.0]}, 2**53 - 1]


@pytest.fixture
def filled(engine: footfall.Engine) -> footfall.Engine:
    """An engine with a customer for each value, and others who forgot it, had it later, or are told of late."""
    for number, value in enumerate(VALUES * 3):
        who = named(f"valued {number}")
        if number % 3:
            engine.track_many([visit(who, number)])
        for at, one in ((20, value), (10, "before"), (30, None if number % 5 == 0 else value)):
            engine.update(who, {"plan": one, "other": number}, time=iso(NOON + at * SECOND))
    engine.catch_up()
    return engine


def test_all_ways_find_the_same(filled: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = [
        *({"plan": value} for value in VALUES),
        {"plan": OneOf("gold", 1, None)},
        {"plan": OneOf()},
        {"plan": AllOf(OneOf(1, 2), AtLeast(1))},
        {"plan": "gold", "other": 0},
        {"plan": "gold", "other": 13},
        {"plan": "before"},
        {"nothing": 1},
    ]
    found = []
    for few in (-1, 0, 3, 10_000):
        monkeypatch.setattr(by_attribute, "FEW", few)
        found.append([[row.uuid for row in filled.profiles(one, limit=None, fresh=False)] for one in asked])
    assert found[1:] == found[:-1]
    assert all(found[0][: len(VALUES)])


def test_a_value_that_a_late_update_does_not_change_stays(filled: footfall.Engine) -> None:
    assert filled.verify().ok
    filled.rebuild("attribute_values")
    assert filled.verify().ok
    assert filled.rows("attribute_values", customer=named("valued 0"), fresh=False) != []


def test_views_that_stand_apart_are_not_taken_together(engine: footfall.Engine) -> None:
    who = named("valued later")
    engine.update(who, {"plan": "gold"})
    engine.catch_up()
    engine.update(who, {"plan": "silver"})
    engine.rebuild("profiles")
    assert [row.uuid for row in engine.profiles({"plan": "silver"}, fresh=False)] == [str(who)]
    assert engine.profiles({"plan": "gold"}, fresh=False) == []
