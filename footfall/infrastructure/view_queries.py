"""What is asked of the views."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from ..application.answers import PageRow, PageVisit, ProfileRow
from ..domain.errors import Rejected
from ..domain.moments import SECOND, iso, iso_if_any
from ..domain.params import check
from ..projections import PAGE_VISITS, PROFILES, SESSIONS
from .json_text import dumps
from .view_tables import view

visits_table, sessions_table, profiles_table = view(PAGE_VISITS), view(SESSIONS), view(PROFILES)


def page_visits(connection: Connection, customer: UUID, limit: int | None) -> list[PageVisit]:
    """A customer's page visits, the newest first."""
    visit = visits_table.c
    around = partial(sa.over, partition_by=visit.uuid, order_by=(visit.time, visit.event_id))
    session = sessions_table.c
    in_session = (
        sa.select(session.session_id)
        .where(session.uuid == visit.uuid, session.started_at <= visit.time, session.last_activity_at >= visit.time)
        .where(session.deadline >= visit.time, visit.in_session == 1)
        .order_by(session.deadline)
        .limit(1)
        .scalar_subquery()
    )
    query = sa.select(
        visits_table,
        around(sa.func.lag(visit.url)).label("previous_url"),
        around(sa.func.lead(visit.url)).label("next_url"),
        around(sa.func.lead(visit.time)).label("next_time"),
        in_session.label("session_id"),
    ).where(visit.uuid == customer)
    rows = connection.execute(query.order_by(visit.time.desc(), visit.event_id.desc()).limit(limit))
    return [_page_visit(row) for row in rows]


def _page_visit(row: Any) -> PageVisit:
    return PageVisit(
        event_id=str(row.event_id),
        uuid=str(row.uuid),
        time=iso(row.time),
        received_at=iso(row.received_at),
        url=row.url,
        host=row.host,
        path=row.path,
        title=row.title,
        referrer=row.referrer,
        previous_url=row.previous_url,
        next_url=row.next_url,
        seconds_until_next=None if row.next_time is None else (row.next_time - row.time) / SECOND,
        session_id=None if row.session_id is None else str(row.session_id),
    )


def pages(connection: Connection, limit: int | None) -> list[PageRow]:
    """The pages visited most."""
    visit = visits_table.c
    visits = sa.func.count().label("visits")
    query = (
        sa.select(visit.url, visits, sa.func.count(visit.uuid.distinct()).label("customers"))
        .group_by(visit.url)
        .order_by(visits.desc(), visit.url)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    urls = [row.url for row in rows]
    entries = _sessions_by(connection, sessions_table.c.entry_url, urls)
    exits = _sessions_by(connection, sessions_table.c.exit_url, urls)
    return [PageRow(row.url, row.visits, row.customers, entries.get(row.url, 0), exits.get(row.url, 0)) for row in rows]


def _sessions_by(connection: Connection, column: sa.Column[Any], urls: list[str]) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(column.in_(urls)).group_by(column)
    return {row[0]: row[1] for row in connection.execute(query)}


def profiles(connection: Connection, attributes: Mapping[str, Any], limit: int | None) -> list[ProfileRow]:
    """Customers, the last seen first; of those attributes, if any are given."""
    profile = profiles_table.c
    own_sessions = sa.select(sa.func.count()).where(sessions_table.c.uuid == profile.uuid).scalar_subquery()
    query = sa.select(profiles_table, own_sessions.label("sessions")).order_by(
        profile.last_seen.desc().nulls_last(), profile.uuid
    )
    if attributes:
        try:
            check(attributes)
        except Rejected:
            return []  # no profile can have them
        query = query.where(_has(connection, attributes))
    return [_profile(row) for row in connection.execute(query.limit(limit))]


def _has(connection: Connection, attributes: Mapping[str, Any]) -> sa.ColumnElement[bool]:
    # Compared as the text under which they are stored: 1, 1.0, true and "1" are four values.
    column = profiles_table.c.attributes
    if connection.dialect.name == "postgresql":
        documents = sa.cast(sa.type_coerce(column, sa.Text), postgresql.JSON)
        return sa.and_(*(documents[name].cast(sa.Text) == dumps(value) for name, value in attributes.items()))
    kept = sa.func.json_each(column).table_valued("key", "type", "value", name="kept")
    sought = sa.func.json_each(dumps(attributes)).table_valued("key", "type", "value", name="sought")
    same = sa.and_(kept.c.key == sought.c.key, kept.c.type == sought.c.type, kept.c.value.is_(sought.c.value))
    found = sa.select(sa.func.count()).select_from(kept).join(sought, same).scalar_subquery()
    return found == len(attributes)


def _profile(row: Any) -> ProfileRow:
    return ProfileRow(
        uuid=str(row.uuid),
        first_seen=iso_if_any(row.first_seen),
        last_seen=iso_if_any(row.last_seen),
        events=row.events,
        sessions=row.sessions,
        counts=row.counts,
        attributes=row.attributes,
    )


def totals(connection: Connection) -> dict[str, int]:
    """How many rows the views hold, and how many events senders handed in."""
    events = connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(profiles_table.c.events), 0)))
    counts = {
        table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in (visits_table, sessions_table, profiles_table)
    }
    return {"events": int(events or 0), **counts}
