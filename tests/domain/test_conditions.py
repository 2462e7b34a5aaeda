"""When two JSON values are the same, and which values lie in a range: a plain definition, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.condition_input import read_conditions, read_counts
from footfall.domain.conditions import (
    MISSING,
    Above,
    Absent,
    AllOf,
    AtLeast,
    AtMost,
    Below,
    Between,
    OneOf,
    Present,
    holds,
)
from footfall.domain.errors import InvalidArgument
from tests.builders import LAW
from tests.json_values import ENDS, KEPT, SOUGHT, fulfils


@LAW
@given(KEPT, SOUGHT)
def test_a_value_is_found_by_what_is_the_same(kept: Any, sought: Any) -> None:
    (condition,) = read_conditions({"v": sought}, "attributes").values()
    assert holds(condition, kept) is fulfils(kept, OneOf(sought))


@LAW
@given(KEPT)
def test_every_value_is_found_by_itself(kept: Any) -> None:
    (condition,) = read_conditions({"v": kept}, "attributes").values()
    assert holds(condition, kept)


@LAW
@given(KEPT, st.sampled_from((AtLeast, Above, AtMost, Below)), ENDS)
def test_a_value_lies_in_a_range_where_it_does_by_the_definition(kept: Any, kind: Any, end: Any) -> None:
    (condition,) = read_conditions({"v": kind(end)}, "attributes").values()
    assert holds(condition, kept) is fulfils(kept, kind(end))


def found(written: Any, value: Any) -> bool:
    (condition,) = read_conditions({"v": written}, "attributes").values()
    return holds(condition, value)


def test_between_has_both_ends() -> None:
    assert [n for n in range(5) if found(Between(1, 3), n)] == [1, 2, 3]
    assert found(Between("a", "b"), "ab")
    assert not found(Between("a", "b"), "b ")


def test_conditions_are_put_together() -> None:
    assert [n for n in range(5) if found(AllOf(AtLeast(1), Below(3)), n)] == [1, 2]
    assert found(OneOf("gold", "silver"), "silver")
    assert not found(OneOf(), "silver")
    assert found(AllOf(), 1)
    assert found(AllOf(), MISSING)


def test_what_is_not_set_is_absent_and_fulfils_nothing_else() -> None:
    assert found(Absent(), MISSING)
    assert not found(Absent(), 0)
    assert found(Present(), False)
    assert not any(found(one, MISSING) for one in (Present(), 0, None, AtMost(5), OneOf(None)))


ENDLESS: list[Any] = [None, [1], {}]


@pytest.mark.parametrize(
    "wrong",
    [AtLeast(True), *map(AtLeast, ENDLESS), Between(1, "2"), Between("1", 2), AtMost("\x00")],
)
def test_a_range_has_numbers_or_texts_for_ends(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="'age'"):
        read_conditions({"age": wrong}, "attributes")


@pytest.mark.parametrize("wrong", [object(), {1}, float("nan"), Absent, b"x", OneOf(float("inf"))])
def test_what_has_no_json_form_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="'plan'"):
        read_conditions({"plan": wrong}, "attributes")


@pytest.mark.parametrize("wrong", ["plan", 7, ["plan"], {1: 2}, {"\x00": 1}, {"\ud800": 1}])
def test_attributes_are_sought_by_name(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="attributes"):
        read_conditions(wrong, "attributes")


@pytest.mark.parametrize("wrong", ["3", True, None, Present, AtLeast("3"), OneOf(3, "3"), [3]])
def test_a_count_is_a_number_or_a_range(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match="'basket'"):
        read_counts({"basket": wrong})


@pytest.mark.parametrize("kind", [Present, Absent])
def test_a_condition_without_its_brackets_is_told(kind: Any) -> None:
    with pytest.raises(InvalidArgument, match=rf"{kind.__name__}\(\), with brackets"):
        read_conditions({"plan": kind}, "attributes")
