"""JSON values that resemble each other, and a plain definition of when they are the same and which lies in a range."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from footfall.domain.conditions import Above, AllOf, AtLeast, AtMost, Below, OneOf

_INTEGERS = st.one_of(
    st.integers(-3, 3), st.sampled_from([2**53 - 1, 1 - 2**53, 2**53 - 2, 2**52]), st.integers(1 - 2**53, 2**53 - 1)
)
_FLOATS = st.one_of(
    st.sampled_from(
        [0.0, -0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 0.1 + 0.2, 0.5, 1e22, 1e23, 1e300, 5e-324, 2.0**53, 2.0**53 + 2, 2.0**64]
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**53), 2**53).map(float),
)
_NUMBERS_OF_ANY_SIZE = st.sampled_from(
    [2**53, 2**53 + 1, 2**64, 10**22, 10**23, int(1e23), int(1e300), int(1e300) + 1, 10**400, -(10**400), -(2**53) - 1]
)
_TEXTS = st.one_of(
    st.sampled_from(
        ["", "1", "1.0", "true", "null", "a", "A", "ä", "Z", "\uffff", "\U0001f600", "2026-01-01", "'\"\\%_"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4),
)
_SCALARS = st.one_of(_INTEGERS, _FLOATS, _TEXTS, st.booleans())


def _nested(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    small = st.one_of(scalars, st.none(), st.sampled_from([0, 0.0, -0.0, 1, 1.0, "1"]))
    return st.recursive(
        small,
        lambda inner: st.one_of(
            st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "b", ""]), inner, max_size=2)
        ),
        max_leaves=4,
    )


KEPT = st.one_of(_SCALARS, _nested(_SCALARS).filter(lambda value: value is not None))
"""Values that an attribute may have."""

SOUGHT = st.one_of(KEPT, _NUMBERS_OF_ANY_SIZE, _nested(st.one_of(_SCALARS, _NUMBERS_OF_ANY_SIZE)), st.just("\x00"))
"""Values that may be sought, of which nobody has some."""

ENDS = st.one_of(_INTEGERS, _FLOATS, _NUMBERS_OF_ANY_SIZE, _TEXTS)
"""Where ranges begin and end."""


def plain(value: Any) -> Any:
    """A JSON value so that Python compares two of them as the rule says."""
    if isinstance(value, bool) or value is None:
        return "true, false, null", value
    if isinstance(value, int | float):
        return "number", Fraction(value)
    if isinstance(value, str):
        return "text", value
    if isinstance(value, dict):
        return "object", frozenset((name, plain(item)) for name, item in value.items())
    return "list", tuple(map(plain, value))


def fulfils(value: Any, condition: Any) -> bool:
    """Whether a value fulfils a condition, by the definition."""
    match condition:
        case OneOf(values):
            return any(plain(value) == plain(one) for one in values)
        case AllOf(conditions):
            return all(fulfils(value, one) for one in conditions)
    kind, own = plain(value)
    of_end, end = plain(condition.end)
    if kind != of_end:
        return False
    match condition:
        case AtLeast():
            return bool(own >= end)
        case Above():
            return bool(own > end)
        case AtMost():
            return bool(own <= end)
        case Below():
            return bool(own < end)
    raise TypeError(condition)
