"""Python's values as JSON has them: one table, for params, attributes, orders and filters alike.

What JSON has itself (text, numbers, true and false, null, arrays, objects) stays as it is. For the rest:

- `str`, `int`, `float`, `list`, `tuple` and mappings of other types (Django's `SafeString`, numpy's `float64`, a named
  tuple) become text, a number, an array, an object;
- an `Enum` becomes its value;
- a `Decimal` becomes the number that is written with its digits, `Decimal("6.50")` is 6.5; one with more digits than a
  number of JSON keeps is refused, for nobody should be charged a little more or less;
- a `datetime` becomes ISO 8601 text in UTC (UTC is meant where it has no offset), a `date` its ISO 8601 text;
- a `UUID` becomes text.

Whatever else there is, such as bytes, sets and functions, has no form in JSON.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from . import moments
from .errors import Reason, Rejected, shown

MAX_DEPTH = 10
MAX_INTEGER = 2**53 - 1

_LARGEST_EXPONENT = 308
"""A float has no larger one, and an integer would take memory without end."""


_NO_FORM = "which JSON cannot hold: make it a str, int, float, list or dict"
"""So it is with bytes and sets, and with what only behaves like a value of JSON: numpy's integers, Django's lazy
texts."""


class Unfit(Exception):
    """Something that JSON, or a database, cannot hold: `why`, and the steps that lead to it, the last one first."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.steps: list[str] = []

    def told(self, where: str) -> str:
        """What is wrong, and where in what was handed in."""
        return f"{where}{''.join(reversed(self.steps))[:200]} {self.why}"


def as_json(value: Any, where: str) -> Any:
    """A value by the table. Refused is what has no form in JSON, and what no database keeps: NUL and lone surrogates,
    NaN and infinities, integers beyond ±(2^53-1), more than ten levels.

    Raises `Rejected` (`invalid_params`); `where` is what the error calls the whole, such as `params`.
    """
    try:
        return _kept(value, 1)
    except Unfit as unfit:
        raise Rejected(Reason.INVALID_PARAMS, unfit.told(where)) from None


def by_table(value: Any) -> Any:
    """A value by the table alone, whatever it holds. Raises `Unfit`, and `RecursionError` for nesting without end."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {_text(key): by_table(item) for key, item in value.items()}
    if kind is list:
        return [by_table(item) for item in value]
    return by_table(_stand_in(value))


def _kept(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        return text_kept(value)
    if kind is int or kind is float:
        return _number_kept(value)
    if kind is bool or value is None:
        return value
    if kind is dict:
        return _object_kept(value, depth)
    if kind is list:
        return _array_kept(value, depth)
    return _kept(_stand_in(value), depth)


def _number_kept(number: float) -> float:
    if isinstance(number, int):
        if abs(number) > MAX_INTEGER:
            raise Unfit("is an integer beyond ±(2^53-1)")
    elif not math.isfinite(number):
        raise Unfit("is not a finite number")
    return number


def _object_kept(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    _check_depth(depth)
    kept, step = {}, ""
    try:
        for key, item in value.items():
            step = ""  # of the key itself, where it is unfit
            name = _name(key)
            step = f".{name}"
            kept[name] = _kept(item, depth + 1)
    except Unfit as unfit:
        unfit.steps.append(step)
        raise
    return kept


def _array_kept(value: list[Any], depth: int) -> list[Any]:
    _check_depth(depth)
    kept: list[Any] = []
    try:
        for item in value:
            kept.append(_kept(item, depth + 1))  # noqa: PERF401  # how many there are says which one is unfit
    except Unfit as unfit:
        unfit.steps.append(f"[{len(kept)}]")
        raise
    return kept


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Unfit(f"is nested deeper than {MAX_DEPTH} levels")


def _name(key: Any) -> str:
    name = _text(key)
    try:
        return text_kept(name)
    except Unfit as unfit:
        raise Unfit(f"has a key that {unfit.why}") from None


def text_kept(text: str) -> str:
    """The text, where a value or a name may be it. Raises `Unfit`."""
    if "\x00" in text:
        raise Unfit("contains a NUL character")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Unfit("contains a lone surrogate") from None
    return text


def _text(key: Any) -> str:
    if issubclass(type(key), str):
        return str.__str__(key)
    raise Unfit(f"has a key that is no text: {shown(key)}")


def _stand_in(value: Any) -> Any:
    # By the type and not by isinstance, which proxies such as Django's lazy objects deceive.
    kind = type(value)
    for known, converted in _TABLE:
        if issubclass(kind, known):
            return converted(value)
    raise Unfit(f"is of the type {kind.__name__}, {_NO_FORM}")


def _number(value: Decimal) -> int | float:
    if not value.is_finite():
        raise Unfit("is a Decimal that is not finite")
    if value.adjusted() <= _LARGEST_EXPONENT:
        whole = int(value)
        if whole == value:
            return whole
        near = float(value)
        if Decimal(repr(near)) == value:
            return near
    raise Unfit("is a Decimal of more digits than a number of JSON keeps; send it as text")


def _moment(value: datetime) -> str:
    micros = moments.from_datetime(value)
    if not moments.EARLIEST <= micros <= moments.LATEST:
        raise Unfit("is a datetime outside the years 1 to 9999")
    return moments.iso(micros)


_PLAIN = frozenset({str, int, float, bool, type(None)})
_TABLE: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Enum, lambda value: value.value),
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (Mapping, lambda value: dict(value.items())),
    (list, list),
    (tuple, list),
    (Decimal, _number),
    (datetime, _moment),
    (date, date.isoformat),
    (UUID, str),
)
"""The first that a value's type is or descends from says what stands for it."""
