"""Conditions on a customer's attributes and counts, and whether a value fulfils them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from .json_equality import is_number, same

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
    """The attribute is set, to whatever; the action was done."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The attribute was never set, or it was forgotten; the action was never done."""


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
MISSING = object()
"""Instead of the value of an attribute that is not set."""


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
