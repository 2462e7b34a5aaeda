from __future__ import annotations

import math
from typing import Any

import pytest

from footfall.domain.admission_rules import check_params
from footfall.domain.definition import Definition, Parameter, ParameterType
from footfall.domain.errors import Reason
from footfall.domain.sender import Access
from tests.builders import refused

T = ParameterType


def of_type(kind: ParameterType, *, required: bool = False) -> Definition:
    return Definition("entries.count", "Entries", parameters={"n": Parameter(kind, required)})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.STRING, ""),
        (T.STRING, "text"),
        (T.INTEGER, 0),
        (T.INTEGER, -3),
        (T.NUMBER, 3),
        (T.NUMBER, 3.5),
        (T.BOOLEAN, False),
        (T.TIMESTAMP, "2015-05-18T12:00:00+02:00"),
        (T.TIMESTAMP, 1_431_950_400_000),
        (T.OBJECT, {}),
        (T.ARRAY, []),
        (T.ARRAY, (1, 2)),
    ],
)
def test_a_value_of_the_type_passes(kind: ParameterType, value: Any) -> None:
    check_params(of_type(kind, required=True), {"n": value})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.STRING, 1),
        (T.STRING, ["text"]),
        (T.INTEGER, True),
        (T.INTEGER, 1.0),
        (T.INTEGER, "1"),
        (T.NUMBER, True),
        (T.NUMBER, "1.5"),
        (T.BOOLEAN, 1),
        (T.BOOLEAN, "true"),
        (T.TIMESTAMP, "yesterday"),
        (T.TIMESTAMP, 1.5),
        (T.TIMESTAMP, True),
        (T.TIMESTAMP, 10**30),
        (T.OBJECT, []),
        (T.OBJECT, "{}"),
        (T.ARRAY, {}),
        (T.ARRAY, "[]"),
    ],
)
def test_a_value_of_another_type_is_refused_by_the_parameters_name(kind: ParameterType, value: Any) -> None:
    with refused(Reason.WRONG_TYPE) as caught:
        check_params(of_type(kind), {"n": value})
    assert "'n'" in caught.value.detail
    assert f"type {kind}" in caught.value.detail


@pytest.mark.parametrize("params", [{}, {"n": None}, {"N": "other"}])
def test_a_required_parameter_that_is_missing_is_refused_by_its_name(params: dict[str, Any]) -> None:
    with refused(Reason.MISSING_PARAMETER) as caught:
        check_params(of_type(T.STRING, required=True), params)
    assert "'n'" in caught.value.detail


@pytest.mark.parametrize("params", [{}, {"n": None}])
def test_an_optional_parameter_may_be_missing_or_null(params: dict[str, Any]) -> None:
    check_params(of_type(T.INTEGER), params)


def test_a_parameter_that_is_not_defined_may_be_anything() -> None:
    check_params(of_type(T.INTEGER), {"n": 1, "time": "yesterday", "other": {"n": "text"}})


def test_the_reason_does_not_repeat_a_huge_value() -> None:
    with refused(Reason.WRONG_TYPE) as caught:
        check_params(of_type(T.INTEGER), {"n": "x" * 100_000})
    assert len(caught.value.detail) < 250


def test_defined_params_come_in_the_order_of_the_definition_and_no_other_does() -> None:
    definition = Definition("a.b", "", parameters={"b": Parameter(T.STRING), "a": Parameter(T.STRING)})
    shown = definition.defined({"a": 1, "c": 2, "b": None})
    assert list(shown.items()) == [("b", None), ("a", 1)]
    assert definition.defined({"c": math.pi}) == {}


def test_a_new_definition_is_for_the_server_and_no_session_activity() -> None:
    definition = Definition("a.b", "")
    assert (definition.access, definition.session_activity, definition.built_in) == (Access.SERVER, False, False)
