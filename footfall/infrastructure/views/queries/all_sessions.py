"""Figures over all sessions, from what is tallied of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections import SESSIONS
from ....projections.session_summary import PAGES_SHOWN, PageCount, SessionSummary, SessionTotals, summarize
from ....projections.sessions import first_of_range
from .. import tallies
from ..tables import view

session = view(SESSIONS).c


def figures_over_all(connection: Connection, now: int) -> SessionSummary:
    """Figures over all sessions, as they are at `now` (µs)."""
    figures = tallies.numbers_of(connection, SESSIONS.name, "figures")
    hours = tallies.numbers_of(connection, SESSIONS.name, "hours")
    still_open = sa.select(sa.func.count()).where(session.deadline >= now)
    durations = _Durations(connection)
    return summarize(
        SessionTotals(
            figures.get("sessions", 0),
            connection.scalar(still_open) or 0,
            figures.get("bounces", 0),
            figures.get("duration", 0),
            figures.get("page_visits", 0),
        ),
        durations.from_rank,
        entry_pages=_pages(connection, "entries"),
        exit_pages=_pages(connection, "exits"),
        hours={int(hour): number for hour, number in hours.items()},
    )


def _pages(connection: Connection, name: str) -> list[PageCount]:
    return [PageCount(*one) for one in tallies.most(connection, SESSIONS.name, name, PAGES_SHOWN)]


class _Durations:
    """All durations in order: the tallies lead to the range where a rank lies, an index to the duration in there."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        numbers = tallies.numbers_of(connection, SESSIONS.name, "durations")
        self._ranges = sorted(map(int, numbers))
        self._before = [0, *accumulate(numbers[str(one)] for one in self._ranges)]

    def from_rank(self, rank: int) -> Sequence[int]:
        """The duration at a rank, and the next one if there is one."""
        at = bisect_right(self._before, rank) - 1
        first = first_of_range(self._ranges[at])
        if rank + 1 < self._before[at + 1] and first_of_range(self._ranges[at] + 1) == first + 1:
            return [first, first]  # the range holds one duration only
        in_order = sa.select(session.duration).where(session.duration >= first).order_by(session.duration)
        return self._connection.scalars(in_order.offset(rank - self._before[at]).limit(2)).all()
