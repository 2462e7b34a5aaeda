"""Figures over many sessions, of whatever kind the store is that counts them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from ..domain.moments import DAY, HOUR, SECOND
from .read_model import Query
from .sessions import SessionFilter

PAGES_SHOWN = 10
"""How many entry and exit pages a summary names at most."""


@dataclass(frozen=True, slots=True)
class PageCount:
    """A page, and how many sessions began or ended on it."""

    url: str
    sessions: int


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """Figures over many sessions. A bounce is a session of one activity; a session lasts from its first activity to its
    last; quantiles are interpolated between neighbours; `by_hour` counts those that began in each hour of the day, UTC.
    """

    sessions: int
    open: int
    bounces: int
    bounce_rate: float | None
    time_on_site_seconds: float
    median_duration_seconds: float | None
    p95_duration_seconds: float | None
    pages_per_session: float | None
    entry_pages: list[PageCount]
    exit_pages: list[PageCount]
    by_hour: list[int]


class FiguresOver(Query[SessionSummary], frozen=True):
    """Figures over sessions, as they are at `now` (µs)."""

    together: ClassVar[tuple[str, ...]] = ("sessions", "tallies", "tally_changes")
    which: SessionFilter
    now: int


class SessionTotals(NamedTuple):
    """How many sessions there are, are open and are bounces; their `duration` (µs) and their page visits."""

    sessions: int
    open: int
    bounces: int
    duration: int
    page_visits: int


def summarize(
    totals: SessionTotals,
    from_rank: Callable[[int], Sequence[int]],
    entry_pages: list[PageCount],
    exit_pages: list[PageCount],
    hours: Mapping[int, int],
) -> SessionSummary:
    """The figures that follow from what was counted. `from_rank` gives the duration (µs) at a rank, the shortest at 0,
    and the next one if there is one; `hours` counts the sessions that began in each hour that has any."""

    def quantile(share: float) -> float | None:
        if not totals.sessions:
            return None
        rank = share * (totals.sessions - 1)
        around = from_rank(math.floor(rank))
        low, high = around[0], around[-1]
        return (low + (rank % 1) * (high - low)) / SECOND

    def for_each(total: int) -> float | None:
        return total / totals.sessions if totals.sessions else None

    return SessionSummary(
        sessions=totals.sessions,
        open=totals.open,
        bounces=totals.bounces,
        bounce_rate=for_each(totals.bounces),
        time_on_site_seconds=totals.duration / SECOND,
        median_duration_seconds=quantile(0.5),
        p95_duration_seconds=quantile(0.95),
        pages_per_session=for_each(totals.page_visits),
        entry_pages=entry_pages,
        exit_pages=exit_pages,
        by_hour=[hours.get(hour, 0) for hour in range(DAY // HOUR)],
    )
