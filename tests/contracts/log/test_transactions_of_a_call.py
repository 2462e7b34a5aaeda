"""How many transactions a call with many things is: few, unless they are large."""

from __future__ import annotations

from typing import Any

import pytest

import footfall
from tests.contracts.support import ALICE, visit


def large(minute: int) -> dict[str, Any]:
    """A visit of 16 kB."""
    return visit(ALICE, minute, text="x" * 16_000)


def transactions(engine: footfall.Engine, events: list[dict[str, Any]]) -> int:
    """So many it takes to take events in, all of them."""
    before = engine.metrics().commit_seconds.count
    assert all(engine.track_many(events))
    return engine.metrics().commit_seconds.count - before


@pytest.mark.parametrize(("events", "expected"), [(500, 1), (501, 2), (2_500, 2), (2_501, 3)])
def test_the_first_500_are_one_and_2000_more_another(engine: footfall.Engine, events: int, expected: int) -> None:
    assert transactions(engine, [visit(ALICE, minute) for minute in range(events)]) == expected


def test_once_it_is_known_how_small_they_are_2000_are_one(engine: footfall.Engine) -> None:
    assert transactions(engine, [visit(ALICE, 0)]) == 1
    assert transactions(engine, [visit(ALICE, minute) for minute in range(1, 2_001)]) == 1


def test_of_large_things_500_are_one(engine_at: Any, database_url: str) -> None:
    engine = engine_at(database_url)
    assert transactions(engine, [large(minute) for minute in range(1_001)]) == 3
    assert transactions(engine, [visit(ALICE, minute) for minute in range(2_000, 2_501)]) == 2
    assert transactions(engine, [visit(ALICE, minute) for minute in range(3_000, 4_000)]) == 1
