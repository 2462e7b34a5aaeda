"""What is asked of the view of sessions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....domain.events import DEFAULT_TIMEOUT
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
from ....projections.sessions import (
    SessionCalled,
    SessionFilter,
    SessionPlace,
    SessionRow,
    SessionsIn,
    describe_session,
)
from ...database.column_types import COMPACT_UUID
from ..tables import view
from . import answer
from .all_sessions import figures_over_all

sessions_table, handles_table = view(SESSIONS), view(SESSION_HANDLES)
session, handle = sessions_table.c, handles_table.c

_DURATION = session.last_activity_at - session.started_at

Conditions = list[sa.ColumnElement[bool]]


@answer.register
def sessions(query: SessionsIn, connection: Connection) -> list[SessionRow]:
    """Sessions, the newest first."""
    if query.which.open_only and query.which.customer is None:
        return _open(query, connection)
    return _listed(query, connection)


def _open(query: SessionsIn, connection: Connection) -> list[SessionRow]:
    # Of those that began a moment ago nearly all are open, of all others few are: each kind by the index that goes
    # with it, so that neither all that are open nor all that ever began are looked at for a page.
    which, moment_ago = query.which, query.now - DEFAULT_TIMEOUT
    since = moment_ago if which.since is None else max(which.since, moment_ago)
    until = moment_ago if which.until is None else min(which.until, moment_ago)
    lately = msgspec.structs.replace(query, which=which._replace(since=since, open_only=False))
    found = _listed(lately, connection, [session.deadline + 0 >= query.now])
    left = None if query.limit is None else query.limit - len(found)
    if left == 0:
        return found
    earlier = msgspec.structs.replace(query, which=which._replace(until=until), limit=left)
    return [*found, *_listed(earlier, connection)]


def _listed(query: SessionsIn, connection: Connection, besides: Conditions | None = None) -> list[SessionRow]:
    which, after = query.which, query.after
    # Of the two bounds the lower one holds for both: a database looks for one only in its index.
    if after is not None and which.until is not None:
        which, after = (which._replace(until=None), after) if after.started_at < which.until else (which, None)
    behind = [] if after is None else _behind(which, after)
    chosen = [*_selected(which, query.now), *behind, *(besides or [])]
    asked = sa.select(sessions_table).where(*chosen).order_by(*_order(which))
    return [describe_session(row, query.now) for row in connection.execute(asked.limit(query.limit))]


def _order(which: SessionFilter) -> tuple[sa.ColumnElement[Any], ...]:
    # Sessions of one customer lie apart, so that they end in the order in which they begin; by that there is an index.
    if which.customer is not None:
        return (session.deadline.desc(),)
    return _started(which).desc(), session.session_id.desc()


def _started(which: SessionFilter) -> sa.ColumnElement[int]:
    # The open ones, of which there are few among all that began, are found by their deadlines, not by when they began.
    return session.started_at + 0 if which.open_only else session.started_at


def _behind(which: SessionFilter, place: SessionPlace) -> Conditions:
    stands = sa.tuple_(sa.literal(place.started_at, sa.BigInteger), sa.literal(place.session_id, COMPACT_UUID))
    behind = sa.tuple_(_started(which), session.session_id) < stands
    if which.customer is None:
        return [behind]
    return [behind, session.deadline <= _last_deadline(which.customer, place.started_at)]


@answer.register
def session_called(query: SessionCalled, connection: Connection) -> SessionRow | None:
    """The session of this id, or the one that took it in."""
    found = connection.execute(sa.select(sessions_table).where(session.session_id == query.session_id)).first()
    if found is None:
        found = _that_took_in(connection, query.session_id)
    return None if found is None else describe_session(found, query.now)


def _that_took_in(connection: Connection, session_id: UUID) -> Any:
    place = connection.execute(sa.select(handle.uuid, handle.time).where(handle.session_id == session_id)).first()
    if place is None:
        return None
    # Where the first session lies that is not over before that moment. It is the one, unless the views are behind.
    asked = sa.select(sessions_table).where(session.uuid == place.uuid, session.deadline >= place.time)
    first = connection.execute(asked.order_by(session.deadline).limit(1)).first()
    return first if first is not None and first.started_at <= place.time <= first.last_activity_at else None


@answer.register
def figures(query: FiguresOver, connection: Connection) -> SessionSummary:
    """Figures over sessions: over all of them from tallies, else counted among those that are meant."""
    if query.which == SessionFilter():
        return figures_over_all(connection, query.now)
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


def _selected(which: SessionFilter, now: int) -> Conditions:
    customer = [] if which.customer is None else [session.uuid == which.customer]
    started = _started(which)
    since = [] if which.since is None else [started >= which.since]
    until = [] if which.until is None else [started < which.until]
    if which.customer is not None:
        since += [] if which.since is None else [session.deadline >= which.since]
        until += [] if which.until is None else [session.deadline <= _last_deadline(which.customer, which.until)]
    return [*customer, *since, *until, *([session.deadline >= now] if which.open_only else [])]


def _last_deadline(customer: UUID, until: int) -> sa.ColumnElement[int]:
    # At most one session that began before a moment has its deadline after it: the first of those that have.
    other = sessions_table.alias()
    after = sa.select(other.c.deadline).where(other.c.uuid == customer, other.c.deadline >= until)
    return sa.func.coalesce(after.order_by(other.c.deadline).limit(1).scalar_subquery(), until)


def _pages(connection: Connection, selected: Conditions, column: sa.Column[Any]) -> list[PageCount]:
    count = sa.func.count().label("count")
    query = sa.select(column, count).where(*selected, column.is_not(None)).group_by(column)
    return [PageCount(*row) for row in connection.execute(query.order_by(count.desc(), column).limit(PAGES_SHOWN))]


def _by_hour(connection: Connection, selected: Conditions) -> dict[int, int]:
    # The remainder of a moment before the epoch is negative.
    hour = (((session.started_at % DAY) + DAY) % DAY // HOUR).label("hour")
    rows = connection.execute(sa.select(hour, sa.func.count()).where(*selected).group_by(hour))
    return {int(row[0]): int(row[1]) for row in rows}
