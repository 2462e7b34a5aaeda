"""Python's values as JSON has them: one table."""

from __future__ import annotations

import json
from collections import OrderedDict, UserDict, namedtuple
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.errors import Reason
from footfall.domain.json_equality import canonical
from footfall.domain.json_values import Unfit, as_json, by_table
from footfall.domain.moments import parse
from tests.builders import LAW, refused


class Colour(Enum):
    RED = "red"
    PRICE = Decimal("6.50")


class Size(StrEnum):
    LARGE = "large"


class Named(str, Enum):  # noqa: UP042  # as many write it
    LONG = "long"


class Level(IntEnum):
    HIGH = 3


class Text(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


class Whole(int):
    pass


class Real(float):
    """As numpy's float64 is."""


class Names(dict[Any, Any]):
    pass


class Row(list[Any]):
    pass


class Moment(datetime):
    """As pandas' Timestamp is."""


Point = namedtuple("Point", "x y")
IDENTITY = UUID("c0ffee00-0000-4000-8000-000000000001")
EAST = timezone(timedelta(hours=2))

TABLE: list[tuple[Any, Any]] = [
    (Text("a"), "a"),
    (mark_safe("<b>"), "<b>"),
    (Whole(7), 7),
    (Real(1.5), 1.5),
    (Names(a=1), {"a": 1}),
    (OrderedDict(a=1), {"a": 1}),
    (MappingProxyType({"a": 1}), {"a": 1}),
    (UserDict({"a": 1}), {"a": 1}),
    ({Text("a"): 1, Size.LARGE: 2}, {"a": 1, "large": 2}),
    (Row([1]), [1]),
    ((1, 2), [1, 2]),
    (Point(1, 2), [1, 2]),
    (Colour.RED, "red"),
    (Colour.PRICE, 6.5),
    (Size.LARGE, "large"),
    (Named.LONG, "long"),
    (Level.HIGH, 3),
    (Decimal("6.50"), 6.5),
    (Decimal("6.00"), 6),
    (Decimal("-0.0"), 0),
    (Decimal("19.99"), 19.99),
    (Decimal("0.1"), 0.1),
    (Decimal("1E+3"), 1000),
    (Decimal("9007199254740991"), 2**53 - 1),
    (Decimal("0E-999999"), 0),
    (datetime(2026, 3, 5, 12, tzinfo=UTC), "2026-03-05T12:00:00.000000Z"),
    (datetime(2026, 3, 5, 14, 0, 0, 1, tzinfo=EAST), "2026-03-05T12:00:00.000001Z"),
    (datetime(2026, 3, 5, 12), "2026-03-05T12:00:00.000000Z"),  # noqa: DTZ001  # the missing offset is the point
    (Moment(2026, 3, 5, 12, tzinfo=UTC), "2026-03-05T12:00:00.000000Z"),
    (date(2026, 3, 5), "2026-03-05"),
    (IDENTITY, str(IDENTITY)),
]
OF_JSON: list[Any] = ["a", 1, 1.5, True, False, None, [], {}, [1, [2]], {"a": {"b": None}}]
JSONS_OWN = {str, int, float, bool, type(None), list, dict}

UNFIT: list[tuple[Any, str]] = [
    (b"a", "bytes"),
    ({1}, "set"),
    (1j, "complex"),
    (object(), "object"),
    (timedelta(1), "timedelta"),
    (Decimal("NaN"), "Decimal"),
    (Decimal("-Infinity"), "Decimal"),
    (Decimal("sNaN"), "Decimal"),
    (Decimal("0.1234567890123456789"), "Decimal"),
    (Decimal("1E-400"), "Decimal"),
    (Decimal("1E+999999999"), "Decimal"),
    (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), "datetime"),
    (gettext_lazy("a"), "__proxy__"),
    (SimpleLazyObject(lambda: "a"), "SimpleLazyObject"),
    ({1: 2}, "a key that is no text: 1"),
    ({None: 2}, "a key that is no text: None"),
    ({IDENTITY: 2}, "a key that is no text: UUID"),
]


def only_of_json(value: Any) -> bool:
    """Whether a value holds JSON's own types and no others, at any depth."""
    inner = [*value, *value.values()] if type(value) is dict else value if type(value) is list else []
    return type(value) in JSONS_OWN and all(map(only_of_json, inner))


@pytest.mark.parametrize(("value", "meant"), [*TABLE, *zip(OF_JSON, OF_JSON, strict=True)])
def test_a_value_becomes_what_the_table_says_at_any_depth(value: Any, meant: Any) -> None:
    for given_, due in ((value, meant), ([value], [meant]), ({"a": [{"b": value}]}, {"a": [{"b": meant}]})):
        for converted in (as_json(given_, "params"), by_table(given_)):
            assert json.dumps(converted) == json.dumps(due)
            assert only_of_json(converted)


@pytest.mark.parametrize(("value", "what"), UNFIT)
def test_what_has_no_form_in_json_is_refused_by_its_place_and_type(value: Any, what: str) -> None:
    with refused(Reason.INVALID_PARAMS) as caught:
        as_json({"price": [0, {"net": value}]}, "params")
    assert "params.price[1].net " in caught.value.detail
    assert what in caught.value.detail
    with pytest.raises(Unfit):
        by_table({"price": [0, {"net": value}]})


class _Index:
    """As numpy's integers: none of Python's, but good for one."""

    def __index__(self) -> int:
        return 3


@pytest.mark.parametrize("value", [_Index(), gettext_lazy("tea"), b"tea", {"tea"}])
def test_what_json_cannot_hold_is_told_what_to_make_of_it(value: Any) -> None:
    with refused(Reason.INVALID_PARAMS) as caught:
        as_json({"tags": value}, "params")
    told = f"params.tags is of the type {type(value).__name__}, which JSON cannot hold: make it a str, int, float, "
    assert caught.value.detail == told + "list or dict"


def test_what_was_handed_in_is_not_changed() -> None:
    given_ = {"a": (1, Decimal("6.50")), "b": Names(c=Colour.RED)}
    before = repr(given_)
    as_json(given_, "params")
    assert repr(given_) == before


def test_the_text_of_a_moment_is_a_moment() -> None:
    moment = datetime(2026, 3, 5, 14, 0, 0, 1, tzinfo=EAST)
    assert parse(as_json(moment, "params")) == parse(moment)


@LAW
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_exactly_what_is_kept_or_is_refused(value: Decimal) -> None:
    try:
        kept = by_table(value)
    except Unfit:
        return
    assert Decimal(json.dumps(kept)) == value


@LAW
@given(st.integers(-(10**12), 10**12), st.integers(0, 3))
def test_every_price_is_kept(units: int, places: int) -> None:
    price = Decimal(units).scaleb(-places)
    assert Decimal(json.dumps(as_json(price, "price"))) == price


def test_values_are_the_same_by_what_they_say() -> None:
    assert canonical({"a": 6, "b": [1.0]}) == canonical({"b": [1], "a": 6.0})
    assert canonical(0) == canonical(-0.0)
    assert len({canonical(value) for value in (1, True, "1", [1], {"1": 1}, None, 1.5)}) == 7
