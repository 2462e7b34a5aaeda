"""Spans: parts of a line of whole numbers, such as moments in µs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

WITHOUT_END = 2**63 - 1
"""The end of a span that has none: the largest number that a column of a database holds."""


class Span(NamedTuple):
    """From `since` to `until`, both included."""

    since: int
    until: int = WITHOUT_END


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same in ascending order, with those that overlap made one."""
    apart: list[Span] = []
    for span in sorted(spans):
        if apart and span.since <= apart[-1].until:
            if span.until > apart[-1].until:
                apart[-1] = Span(apart[-1].since, span.until)
        else:
            apart.append(span)
    return apart


def lookups(spans: Sequence[Span]) -> list[tuple[int, int, int]]:
    """How rows are looked up: from, to, and before which place the first one after that is wanted, for the next look-up
    may find it, too. In ascending order; spans that overlap are one."""
    if len(spans) == 1:  # most customers have one
        return [(*spans[0], WITHOUT_END)]
    apart = merged(spans)
    nexts = [*(span.since for span in apart[1:]), WITHOUT_END]
    return [(since, until, before) for (since, until), before in zip(apart, nexts, strict=False)]
