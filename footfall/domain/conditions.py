"""Conditions on a customer's attributes and counts: what callers write, and whether a value fulfils them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from .errors import InvalidArgument, shown
from .json_equality import NeverKept, as_kept, is_number, keepable, next_kept, same
from .json_values import Unfit, by_table

End = int | float | Decimal | str | date | UUID | Enum
"""Where a range begins or ends, by the table of `json_values`: a number bounds numbers only, a text bounds texts, by
their code points."""


@dataclass(frozen=True, slots=True)
class AtLeast:
    """It is this or more."""

    end: End


@dataclass(frozen=True, slots=True)
class Above:
    """It is more than this."""

    end: End


@dataclass(frozen=True, slots=True)
class AtMost:
    """It is this or less."""

    end: End


@dataclass(frozen=True, slots=True)
class Below:
    """It is less than this."""

    end: End


@dataclass(frozen=True, slots=True)
class Between:
    """It is from `low` to `high`, both included; the two are numbers, or both texts."""

    low: End
    high: End


@dataclass(frozen=True, slots=True)
class Present:
    """The attribute is set, to whatever."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The attribute was never set, or it was forgotten."""


@dataclass(frozen=True, slots=True, init=False)
class OneOf:
    """It is one of these values."""

    values: tuple[Any, ...]

    def __init__(self, *values: Any) -> None:
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True, init=False)
class AllOf:
    """It fulfils all of these conditions."""

    conditions: tuple[Any, ...]

    def __init__(self, *conditions: Any) -> None:
        object.__setattr__(self, "conditions", conditions)


RangeEnd = AtLeast | Above | AtMost | Below
Condition = RangeEnd | Present | Absent | OneOf | AllOf
"""What every store understands; what callers write besides is written in terms of these."""

Conditions = Mapping[str, Condition]
"""By the name of an attribute, or by action for counts."""

_COMPARED: dict[type[RangeEnd], Callable[[Any, Any], bool]] = {
    AtLeast: operator.ge,
    Above: operator.gt,
    AtMost: operator.le,
    Below: operator.lt,
}
_FROM_ABOVE = (AtLeast, Below)
MISSING = object()
"""Instead of the value of an attribute that is not set."""


def read_conditions(written: Mapping[str, Any], what: str) -> Conditions:
    """Conditions as callers write them, by name: a value means that it is the same (`json_equality`). `what` they are
    of is told in errors. Raises `InvalidArgument`."""
    if not isinstance(written, Mapping):
        raise InvalidArgument(f"{what} are sought by name, such as {{'plan': 'gold'}}, not {shown(written)}")
    for name in written:
        if not isinstance(name, str) or not keepable(name):
            raise InvalidArgument(f"{what} are named by text without NUL and lone surrogates, not {shown(name)}")
    return {name: _read(condition, name) for name, condition in written.items()}


def read_counts(written: Mapping[str, Any]) -> Conditions:
    """The same for counts by action, which are whole numbers: 0 of what was never done."""
    conditions = read_conditions(written, "counts")
    for action, condition in conditions.items():
        if not _are_numbers(condition):
            raise InvalidArgument(f"how often {shown(action)} was done is a number, or a range of numbers")
    return conditions


def _read(written: Any, name: str) -> Condition:
    match written:
        case Present() | Absent():
            return written
        case AllOf(conditions):
            return AllOf(*(_read(one, name) for one in conditions))
        case OneOf(values):
            return OneOf(*(kept for value in values for kept in _kept(value, name)))
        case Between(low, high):
            of_numbers = [is_number(_json_value(end, name)) for end in (low, high)]
            if len(set(of_numbers)) > 1:
                raise InvalidArgument(f"{shown(name)} lies between two numbers, or two texts, not {shown(written)}")
            return AllOf(_read(AtLeast(low), name), _read(AtMost(high), name))
        case AtLeast(end) | Above(end) | AtMost(end) | Below(end):
            return type(written)(_end(end, name, upwards=isinstance(written, _FROM_ABOVE)))
        case _:
            return OneOf(*_kept(written, name))


def _json_value(value: Any, name: str) -> Any:
    try:
        by = by_table(value)
    except Unfit as unfit:
        raise InvalidArgument(f"{shown(name)} is sought by a value that {unfit.why}") from None
    except RecursionError:
        raise InvalidArgument(f"{shown(name)} is sought by a value that is nested without end") from None
    if isinstance(by, float) and not math.isfinite(by):
        raise InvalidArgument(f"{shown(name)} is sought by a value that is not a finite number: {shown(value)}")
    return by


def _kept(value: Any, name: str) -> tuple[Any, ...]:
    try:
        return (as_kept(_json_value(value, name)),)
    except NeverKept:
        return ()


def _end(written: Any, name: str, *, upwards: bool) -> End:
    end = _json_value(written, name)
    if is_number(end):
        return next_kept(end, upwards=upwards)
    if isinstance(end, str) and keepable(end):
        return end
    raise InvalidArgument(f"a range of {shown(name)} begins and ends with a number or a text, not {shown(written)}")


def _are_numbers(condition: Condition) -> bool:
    match condition:
        case AtLeast(end) | Above(end) | AtMost(end) | Below(end):
            return is_number(end)
        case OneOf(values):
            return all(map(is_number, values))
        case AllOf(conditions):
            return all(map(_are_numbers, conditions))
        case _:
            return False


def all_hold(conditions: Conditions, values: Mapping[str, Any], otherwise: Any = MISSING) -> bool:
    """Whether values fulfil all conditions; `otherwise` is the value of what is not among them."""
    return all(holds(condition, values.get(name, otherwise)) for name, condition in conditions.items())


def holds(condition: Condition, value: Any) -> bool:
    """Whether a value, or `MISSING`, fulfils a condition."""
    match condition:
        case Absent():
            return value is MISSING
        case AllOf(conditions):
            return all(holds(one, value) for one in conditions)
        case _ if value is MISSING:
            return False
        case OneOf(values):
            return any(same(value, one) for one in values)
        case AtLeast(end) | Above(end) | AtMost(end) | Below(end):
            alike = is_number(value) if is_number(end) else isinstance(value, str)
            return alike and _COMPARED[type(condition)](value, end)
        case _:
            return True
