"""Conditions as callers write them, checked, with errors that say what they must be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .conditions import (
    Above,
    Absent,
    AllOf,
    AtLeast,
    AtMost,
    Below,
    Between,
    Condition,
    Conditions,
    End,
    OneOf,
    Present,
)
from .errors import InvalidArgument, shown
from .json_equality import NeverKept, as_kept, is_number, keepable, next_kept
from .json_values import Unfit, by_table

_FROM_ABOVE = (AtLeast, Below)


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
    """The same for counts by action, which are whole numbers: 0 of what was never done, which is absent."""
    read = read_conditions(written, "counts")
    conditions = {action: _counted(condition) for action, condition in read.items()}
    for action, condition in conditions.items():
        if not _are_numbers(condition):
            raise InvalidArgument(
                f"how often {shown(action)} was done is a number, or a range of numbers: 3 or AtLeast(3), and on the "
                "command line ACTION=3 or ACTION>=3, or whether it was at all: Present() and ACTION"
            )
    return conditions


def _counted(condition: Condition) -> Condition:
    match condition:
        case Present():
            return Above(0)
        case Absent():
            return OneOf(0)
        case AllOf(conditions):
            return AllOf(*map(_counted, conditions))
        case _:
            return condition


def _read(written: Any, name: str) -> Condition:
    match written:
        case type() if written in (Present, Absent):
            raise InvalidArgument(f"{shown(name)} is sought by {written.__name__}(), with brackets")
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
