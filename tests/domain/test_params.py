from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import time, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footfall.domain import params as rule
from footfall.domain.errors import Reason, Rejected
from footfall.domain.params_shortcut import plain
from tests.builders import LAW, refused

MAX_BYTES, MAX_DEPTH, MAX_INTEGER = 65_536, 10, 9_007_199_254_740_991
# Every byte of these is set: nothing but their kind gives them away.
NOTHING_BUT_ONES = [struct.unpack(">d", first + b"\xff" * 7)[0] for first in (b"\x7f", b"\xff")]


def nested(levels: int, core: Any = None) -> dict[str, Any]:
    """Params of this many levels, objects and arrays in turn, with something at the bottom."""
    value = core
    for level in range(levels - 1):
        value = [value] if level % 2 else {"deeper": value}
    return {"top": value}


PLAIN: dict[str, Any] = {
    "text": "ünïcödé \U0001f600",
    "empty": "",
    "yes": True,
    "none": None,
    "ratio": -0.5,
    "list": [1, "two", None, {"three": 3.0}],
    "object": {},
}


@pytest.mark.parametrize("params", [{}, PLAIN, {"n": MAX_INTEGER}, {"n": -MAX_INTEGER}, {"x": 1e308}, {"t": (1, 2)}])
def test_plain_json_passes(params: dict[str, Any]) -> None:
    plain(params)


@pytest.mark.parametrize("value", ["a\x00b", "\x00", ["\x00"], {"deep": {"er": "\x00"}}])
def test_a_nul_in_a_string_is_refused(value: Any) -> None:
    with refused(Reason.INVALID_PARAMS) as caught:
        plain({"title": value})
    assert "params.title" in caught.value.detail
    assert "NUL" in caught.value.detail


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", ["\ud800"], {"deep": {"er": "\udc00\ud800"}}])
def test_a_lone_surrogate_in_a_string_is_refused(value: Any) -> None:
    with refused(Reason.INVALID_PARAMS) as caught:
        plain({"title": value})
    assert "params.title" in caught.value.detail
    assert "surrogate" in caught.value.detail


@pytest.mark.parametrize("key", ["\x00", "a\x00", "\ud800"])
def test_a_key_is_text_like_any_other(key: str) -> None:
    for params in ({key: 1}, {"deep": [{key: 1}]}):
        with refused(Reason.INVALID_PARAMS):
            plain(params)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, *NOTHING_BUT_ONES, [math.nan], {"deep": [-math.inf]}])
def test_a_number_that_is_not_finite_is_refused(value: Any) -> None:
    with refused(Reason.INVALID_PARAMS) as caught:
        plain({"price": value})
    assert "params.price" in caught.value.detail


@pytest.mark.parametrize("number", [2**53, -(2**53), -(2**53) - 1, 2**64 - 1, -(2**63), 2**64, 10**40])
def test_an_integer_that_a_double_cannot_hold_exactly_is_refused(number: int) -> None:
    for value in (number, [number], {"deep": number}):
        with refused(Reason.INVALID_PARAMS):
            plain({"n": value})


@pytest.mark.parametrize("core", [None, "text", 2**53 - 1])
def test_ten_levels_pass_and_eleven_do_not(core: Any) -> None:
    plain(nested(MAX_DEPTH, core))
    with refused(Reason.INVALID_PARAMS) as caught:
        plain(nested(MAX_DEPTH + 1, core))
    assert "deeper than 10" in caught.value.detail


@pytest.mark.parametrize("hollow", [[], {}])
def test_an_empty_container_is_a_level_too(hollow: Any) -> None:
    plain(nested(MAX_DEPTH - 1, hollow))
    with refused(Reason.INVALID_PARAMS):
        plain(nested(MAX_DEPTH, hollow))


def test_nesting_without_end_is_refused_and_not_followed() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with refused(Reason.INVALID_PARAMS):
        plain({"a": endless})
    with refused(Reason.INVALID_PARAMS):
        plain(nested(100_000))


# Compact JSON of {"t":"…"} has 8 characters around the text; a control character takes six, a euro sign three bytes.
@pytest.mark.parametrize(("character", "size"), [("x", 1), ("\x01", 6), ("€", 3), ('"', 2)])
def test_64_kib_of_json_pass_and_a_byte_more_does_not(character: str, size: int) -> None:
    count, rest = divmod(MAX_BYTES - 8, size)
    plain({"t": character * count + "x" * rest})
    with refused(Reason.TOO_LARGE):
        plain({"t": character * count + "x" * (rest + 1)})


def test_many_small_values_are_measured_together() -> None:
    plain({"n": [False] * 10_000})
    with refused(Reason.TOO_LARGE):
        plain({"n": [False] * 11_000})


@pytest.mark.parametrize(
    "value", [b"bytes", {1, 2}, frozenset(), object(), time(12), timedelta(1), Fraction(1, 3), 1j, range(3), iter([])]
)
def test_a_value_that_json_has_no_word_for_is_refused(value: Any) -> None:
    for params in ({"v": value}, {"v": [value]}, {"deep": {"v": value}}):
        with refused(Reason.INVALID_PARAMS):
            plain(params)


@pytest.mark.parametrize("key", [1, None, True, 1.5, b"bytes", UUID(int=1), ("a",)])
def test_a_key_that_is_no_text_is_refused_inside(key: Any) -> None:
    for params in ({"deep": {key: "v"}}, {"deep": [{key: "v"}]}):
        with refused(Reason.INVALID_PARAMS):
            plain(params)


@pytest.mark.parametrize("key", [1, None, True, 1.5, b"bytes", UUID(int=1), ("a",)])
def test_a_key_that_is_no_text_is_refused_at_the_top(key: Any) -> None:
    with refused(Reason.INVALID_PARAMS):
        plain({key: "v"})


_TEXTS = st.text(st.sampled_from("aé\x00\x01\ud800\U0001f600"), max_size=4)
_LONG = st.sampled_from(["\x01", "é", "\U0001f600"]).flatmap(
    lambda one: st.integers(MAX_BYTES // 6 - 40, MAX_BYTES // 6 + 40).map(lambda length: one * length)
)
_VALUES = st.one_of(
    _TEXTS, _LONG, st.integers(MAX_INTEGER - 2, MAX_INTEGER + 2), st.integers(), st.floats(), st.booleans(), st.none()
)
_DEEP = st.recursive(_VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2))


def told(gate: Callable[[Any], Any], params: Any) -> Any:
    try:
        return gate(params)
    except Rejected as why:
        return why.reason, why.detail


@LAW
@given(st.dictionaries(st.one_of(_TEXTS, st.integers()), st.one_of(_VALUES, _DEEP), max_size=3))
@example(dict.fromkeys(map(str, range(3_000)), -MAX_INTEGER))
def test_the_shortcut_says_what_the_rule_says(params: dict[Any, Any]) -> None:
    assert told(plain, params) == told(rule.plain, params)
