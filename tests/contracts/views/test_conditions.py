"""Profiles found by conditions: the same ones on every database and in memory, as a plain definition says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import footfall
import footfall.testing
from footfall import Above, Absent, AllOf, AtLeast, AtMost, Below, Between, OneOf, Present
from footfall.domain.moments import iso
from tests.contracts.servers import fresh_database
from tests.contracts.support import ALICE, BOB, CAROL, MINUTE, NOON, ManualClock, named, visit
from tests.json_values import ENDS, KEPT, SOUGHT, fulfils

FAMILIAR = [
    *(
        0,
        0.0,
        -0.0,
        1,
        1.0,
        -1,
        True,
        False,
        "1",
        "0",
        "",
        "true",
        "null",
        "gold",
        "Gold",
        "ä",
        "z",
        "\U0001f600",
        "\uffff",
    ),
    *(
        2**53 - 1,
        1 - 2**53,
        2.0**53,
        2.0**53 + 2,
        -(2.0**53),
        1e22,
        1e23,
        1e300,
        -1e300,
        5e-324,
        0.1,
        0.1 + 0.2,
        0.3,
        12345,
    ),
    *([], [1], [1.0], [0.0], [-0.0], ["1"], [1, 2], [2, 1], [[1]], {}, {"a": 1}, {"a": 1.0}, {"a": None}, {"a": [0.0]}),
    *(
        {"b": 2, "a": 1},
        {"a": 1, "b": 2},
        {"a": {"b": -0.0}},
        "12345",
        "2026-01-01",
        "2026-01-01T00:00:00Z",
        [None],
        [True],
    ),
]
KINDS = ["sqlite", "postgres", "memory"]


def customers_with(values: list[Any]) -> dict[str, Any]:
    """What value each customer has, by uuid."""
    return {str(named(f"value {number}")): value for number, value in enumerate(values)}


@pytest.fixture(scope="module", params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[footfall.Engine]:
    """An engine of each kind, on which customers have familiar values."""
    if request.param == "memory":
        with footfall.testing.open(clock=ManualClock()) as engine:
            yield with_values(engine, FAMILIAR)
    elif request.param == "sqlite":
        with footfall.open(f"sqlite:///{tmp_path_factory.mktemp('values')}/store.db", clock=ManualClock()) as engine:
            yield with_values(engine, FAMILIAR)
    else:
        with (
            fresh_database(request.getfixturevalue("postgres_server")) as url,
            footfall.open(url, partitions=2, clock=ManualClock()) as engine,
        ):
            yield with_values(engine, FAMILIAR)


def with_values(engine: footfall.Engine, values: list[Any]) -> footfall.Engine:
    for uuid, value in customers_with(values).items():
        assert engine.update(uuid, {"v": value}).status == "accepted"
    engine.catch_up()
    return engine


def found(engine: footfall.Engine, condition: Any) -> set[str]:
    return {row.uuid for row in engine.profiles({"v": condition}, limit=None, fresh=True)}


def due(values: dict[str, Any], condition: Any) -> set[str]:
    return {uuid for uuid, value in values.items() if fulfils(value, condition)}


AS_LAW = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
RANGES = st.builds(lambda kind, end: kind(end), st.sampled_from((AtLeast, Above, AtMost, Below)), ENDS)


@AS_LAW
@given(kept=st.lists(KEPT, min_size=1, max_size=4), sought=st.one_of(SOUGHT, st.sampled_from(FAMILIAR)))
def test_customers_are_found_by_values_that_are_the_same(shared: footfall.Engine, kept: list[Any], sought: Any) -> None:
    values = customers_with(FAMILIAR) | dict(zip(map(str, (ALICE, BOB, CAROL, named("dave"))), kept, strict=False))
    for uuid in list(values)[len(FAMILIAR) :]:
        shared.update(uuid, {"v": values[uuid]})
    for gone in (ALICE, BOB, CAROL, named("dave"))[len(kept) :]:
        shared.update(gone, {"v": None})
    assert found(shared, sought) == due(values, OneOf(sought))
    assert found(shared, OneOf(sought, kept[0])) == due(values, OneOf(sought, kept[0]))
    for value in kept:
        assert found(shared, value) == due(values, OneOf(value))
    if isinstance(sought, int | float | str) and not isinstance(sought, bool) and sought != "\x00":
        for kind in (AtLeast, Above, AtMost, Below):
            assert found(shared, kind(sought)) == due(values, kind(sought))


@AS_LAW
@given(first=RANGES, second=RANGES)
def test_customers_are_found_by_ranges(shared: footfall.Engine, first: Any, second: Any) -> None:
    for gone in (ALICE, BOB, CAROL, named("dave")):
        shared.update(gone, {"v": None})
    values = customers_with(FAMILIAR)
    assert found(shared, first) == due(values, first)
    assert found(shared, AllOf(first, second)) == due(values, AllOf(first, second))


@pytest.mark.parametrize("value", FAMILIAR, ids=repr)
def test_every_familiar_value_finds_what_is_the_same_and_nothing_else(shared: footfall.Engine, value: Any) -> None:
    values = customers_with(FAMILIAR)
    assert found(shared, value) & values.keys() == due(values, OneOf(value))


@pytest.fixture
def three(engine: footfall.Engine) -> footfall.Engine:
    """Alice of three visits and 30 years, Bob of one and 18, Carol of whom nothing but a plan is known."""
    engine.track_many([visit(ALICE, 0), visit(ALICE, 10, "/b"), visit(ALICE, 100), visit(BOB, 50)])
    engine.update(ALICE, {"age": 30, "plan": "gold", "born": "1995-07-01"})
    engine.update(BOB, {"age": 18, "plan": "tin", "born": "2007-01-31"})
    engine.update(CAROL, {"plan": "gold", "age": 50})
    engine.update(CAROL, {"age": None})
    return engine


def names(engine: footfall.Engine, *args: Any, **options: Any) -> list[str]:
    known = {str(ALICE): "alice", str(BOB): "bob", str(CAROL): "carol"}
    return [known[row.uuid] for row in engine.profiles(*args, fresh=True, **options)]


def test_customers_are_found_by_range_presence_and_absence(three: footfall.Engine) -> None:
    assert names(three, {"age": Between(18, 30)}) == ["alice", "bob"]
    assert names(three, {"age": AllOf(AtLeast(18), Below(30))}) == ["bob"]
    assert names(three, {"born": Below("2000-01-01")}) == ["alice"]
    assert names(three, {"age": Present()}) == ["alice", "bob"]
    assert names(three, {"age": Absent()}) == ["carol"]
    assert names(three, {"age": Absent(), "plan": OneOf("gold", "tin")}) == ["carol"]
    assert names(three, {"never": Absent()}) == ["alice", "bob", "carol"]
    assert names(three, {"never": Present()}) == names(three, {"age": "18"}) == names(three, {"age": OneOf()}) == []


def test_customers_are_found_by_values_of_python(three: footfall.Engine) -> None:
    class Plan(Enum):
        GOLD = "gold"

    three.update(BOB, {"height": Decimal("1.80"), "since": date(2026, 1, 1), "seen": datetime(2026, 1, 1, tzinfo=UTC)})
    assert names(three, {"plan": Plan.GOLD}) == ["alice", "carol"]
    assert names(three, {"age": Decimal(18)}) == names(three, {"age": Below(Decimal("18.5"))}) == ["bob"]
    assert names(three, {"height": Decimal("1.8"), "since": date(2026, 1, 1)}) == ["bob"]
    assert names(three, {"since": Between(date(2025, 12, 31), date(2026, 1, 1))}) == ["bob"]
    assert names(three, {"seen": AtLeast(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))))}) == ["bob"]


def test_customers_are_found_by_how_often_they_did_something(three: footfall.Engine) -> None:
    assert names(three, counts={"page.visit": AtLeast(3)}) == names(three, counts={"page.visit": 3}) == ["alice"]
    assert names(three, counts={"page.visit": Below(3)}) == ["bob", "carol"]
    for action in ("page.visit", "never.done"):
        done = names(three, counts={action: Above(0)})
        assert names(three, counts={action: Present()}) == done
        assert names(three, counts={action: Absent()}) == [one for one in ("alice", "bob", "carol") if one not in done]
    assert names(three, counts={"page.visit": 0}) == ["carol"]
    assert names(three, {"plan": "gold"}, counts={"button.click": 0, "page.visit": AtLeast(1)}) == ["alice"]


def test_customers_are_found_by_when_they_were_last_seen(three: footfall.Engine) -> None:
    fifty = NOON + 50 * MINUTE
    assert names(three, since=iso(fifty)) == ["alice", "bob"]
    assert names(three, since=iso(fifty + 1)) == ["alice"]
    assert names(three, until=iso(fifty + 1)) == names(three, since=iso(fifty), until=iso(fifty + 1)) == ["bob"]
    assert names(three, until=iso(fifty)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"attributes": {"age": AtLeast(None)}},  # type: ignore[arg-type]
        {"attributes": {"age": object()}},
        {"attributes": ["age"]},
        {"counts": {"page.visit": "3"}},
        {"counts": 3},
        {"since": "yesterday"},
        {"until": 1.5},
        {"after": "1.2"},
        {"limit": -1},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(engine: footfall.Engine, wrong: dict[str, Any]) -> None:
    with pytest.raises(footfall.InvalidArgument):
        engine.profiles(**wrong)
