"""What is asked of the view of sessions."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....domain.moments import DAY, HOUR
from ....projections import SESSION_HANDLES, SESSIONS
from ....projections.session_summary import (
    PAGES_SHOWN,
    FiguresOver,
    PageCount,
    SessionSummary,
    SessionTotals,
    summarize,
)
from ....projections.sessions import SessionCalled, SessionFilter, SessionRow, SessionsIn, describe_session
from ..tables import view
from . import answer

sessions_table, handles_table = view(SESSIONS), view(SESSION_HANDLES)
session, handle = sessions_table.c, handles_table.c

_DURATION = session.last_activity_at - session.started_at


@answer.register
def sessions(query: SessionsIn, connection: Connection) -> list[SessionRow]:
    """Sessions, the newest first."""
    order = (session.started_at.desc(), session.session_id)
    asked = sa.select(sessions_table).where(*_selected(query.which, query.now)).order_by(*order).limit(query.limit)
    return [describe_session(row, query.now) for row in connection.execute(asked)]


@answer.register
def session_called(query: SessionCalled, connection: Connection) -> SessionRow | None:
    """The session of this id, or the one that took it in."""
    found = connection.execute(sa.select(sessions_table).where(session.session_id == query.session_id)).first()
    if found is None:
        taken_in = sa.and_(
            session.uuid == handle.uuid, session.started_at <= handle.time, session.last_activity_at >= handle.time
        )
        asked = sa.select(sessions_table).join(handles_table, taken_in).where(handle.session_id == query.session_id)
        found = connection.execute(asked).first()
    return None if found is None else describe_session(found, query.now)


@answer.register
def figures(query: FiguresOver, connection: Connection) -> SessionSummary:
    """Figures over sessions."""
    selected = _selected(query.which, query.now)
    columns = (
        sa.func.count(),
        sa.func.count(sa.case((session.deadline >= query.now, 1))),
        sa.func.count(sa.case((session.activities == 1, 1))),
        sa.func.sum(_DURATION),
        sa.func.sum(session.page_visits),
    )
    total, open_now, bounces, duration, pages = connection.execute(sa.select(*columns).where(*selected)).one()
    in_order = sa.select(_DURATION).where(*selected).order_by(_DURATION).limit(2)
    return summarize(
        SessionTotals(total, open_now, bounces, int(duration or 0), int(pages or 0)),
        lambda rank: connection.scalars(in_order.offset(rank)).all(),
        entry_pages=_pages(connection, selected, session.entry_url),
        exit_pages=_pages(connection, selected, session.exit_url),
        hours=_by_hour(connection, selected),
    )


Conditions = list[sa.ColumnElement[bool]]


def _selected(which: SessionFilter, now: int) -> Conditions:
    customer = [] if which.customer is None else [session.uuid == which.customer]
    since = [] if which.since is None else [session.started_at >= which.since]
    until = [] if which.until is None else [session.started_at < which.until]
    return [*customer, *since, *until, *([session.deadline >= now] if which.open_only else [])]


def _pages(connection: Connection, selected: Conditions, column: sa.Column[Any]) -> list[PageCount]:
    count = sa.func.count().label("count")
    query = sa.select(column, count).where(*selected, column.is_not(None)).group_by(column)
    return [PageCount(*row) for row in connection.execute(query.order_by(count.desc(), column).limit(PAGES_SHOWN))]


def _by_hour(connection: Connection, selected: Conditions) -> dict[int, int]:
    # The remainder of a moment before the epoch is negative.
    hour = (((session.started_at % DAY) + DAY) % DAY // HOUR).label("hour")
    rows = connection.execute(sa.select(hour, sa.func.count()).where(*selected).group_by(hour))
    return {int(row[0]): int(row[1]) for row in rows}
