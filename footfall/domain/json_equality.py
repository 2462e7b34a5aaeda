"""When two JSON values are the same, and which of two comes first: one rule for every database and for Python.

Numbers are the same where they are equal as numbers, however written: 0, 0.0 and -0.0; 1 and 1.0; 2**53 as an integer
and as a float. Text is never a number, and `true` is never 1. Lists are the same item by item, objects key by key, in
any order of these.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .json_values import MAX_DEPTH, MAX_INTEGER, Unfit, text_kept


class NeverKept(Exception):
    """No customer's attribute can have this value."""


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values, as they can be kept, are the same."""
    return canonical(one) == canonical(other)


def canonical(value: Any) -> bytes:
    """Bytes that are the same for values that are `same`; so lists of them can be sorted."""
    return msgspec.msgpack.encode(_levelled(value), order="deterministic")


def _levelled(value: Any) -> Any:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MAX_INTEGER else value
    if isinstance(value, dict):
        return {key: _levelled(item) for key, item in value.items()}
    return [_levelled(item) for item in value] if isinstance(value, list | tuple) else value


def is_number(value: Any) -> bool:
    """Whether it is a number, as which JSON's `true` does not count."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_kept(value: Any, depth: int = 1) -> Any:
    """The same JSON value as an attribute may have it, so that comparing it is exact: integers beyond ±(2^53-1) become
    the float that is equal. Raises `NeverKept` where there is none: then nothing is the same as it."""
    if is_number(value):
        return value if abs(value) <= MAX_INTEGER else _equal_float(value)
    if isinstance(value, str):
        return _keepable(value)
    if depth > MAX_DEPTH:
        raise NeverKept
    if isinstance(value, Mapping):
        return {_keepable(name): as_kept(item, depth + 1) for name, item in value.items()}
    if _is_list(value):
        return [as_kept(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool):
        return value
    raise NeverKept


def next_kept(number: float, *, upwards: bool) -> float:
    """The number that an attribute may have and that is nearest to an integer or float of any size, from above
    (`upwards`) or from below; an infinity where there is none."""
    if abs(number) <= MAX_INTEGER:
        return number
    try:
        nearest = float(number)
    except OverflowError:
        nearest = math.inf if number > 0 else -math.inf
    if nearest < number and upwards:
        return math.nextafter(nearest, math.inf)
    return math.nextafter(nearest, -math.inf) if nearest > number and not upwards else nearest


def keepable(text: str) -> bool:
    """Whether an attribute's text or name can be this one: it has neither NUL nor lone surrogates."""
    try:
        text_kept(text)
    except Unfit:
        return False
    return True


def _equal_float(number: float) -> float:
    try:
        nearest = float(number)
    except OverflowError:
        raise NeverKept from None
    if nearest != number or math.isinf(nearest):
        raise NeverKept
    return nearest


def _keepable(text: Any) -> str:
    if not isinstance(text, str) or not keepable(text):
        raise NeverKept
    return text


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
