"""Hypothesis with the run's seed: what fuzzes is repeated by `--seed` like everything else."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, given, seed, settings

from ..conftest import Torture

_T = TypeVar("_T")

AWKWARD = [
    "",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff",
    "'",
    '"',
    "\\",
    "'; DROP TABLE log; --",
    "%s",
    "{}",
    "{{ x }}",
    "{{#if}}",
    "\u202e",
    "é" * 200,
    "\U0001d518",
    "\r\n",
    "\x1b[31m",
    "null",
    "NaN",
    "\t",
    "\u2028",
]
TEXTS = st.sampled_from(AWKWARD) | st.text(max_size=20) | st.text(string.ascii_letters, min_size=1, max_size=10)
NUMBERS: st.SearchStrategy[Any] = (
    st.integers(-100, 100)
    | st.sampled_from([2**53 - 1, 2**53, -(2**53), 2**63, 2**64, 10**400, 1.5, 1e308, 5e-324, -0.0])
    | st.floats()
)
SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
CUSTOMERS = st.sampled_from([str(UUID(int=n, version=4)) for n in range(1, 5)])
TIMES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59.999999Z",
            "9999-12-31T23:59:59-12:00",
            "1970-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999999Z",
            "2016-12-31T23:59:60Z",
            "2026-02-30T00:00:00Z",
            "2026-01-01",
            "2026-W01-1",
            "24:00",
            "now",
        ]
    ),
    st.datetimes(),
    st.integers(),
    st.integers(-(10**16), 10**16),
    SCALARS,
)


def mostly(good: st.SearchStrategy[Any], bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nine times in ten what is taken in, so that what goes on behind the door is met, too."""
    return st.integers(0, 9).flatmap(lambda chance: good if chance else bad)


def examples(
    torture: Torture, number: int, short: int, strategy: st.SearchStrategy[_T], look: Callable[[_T], None]
) -> None:
    """Draw so many examples and look at each. Findings are counted, not raised, so nothing is made smaller."""
    chosen = settings(
        max_examples=torture.scaled(number, short=short),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def one(example: _T) -> None:
        look(example)

    seed(torture.rng.getrandbits(64))(chosen(given(strategy)(one)))()
