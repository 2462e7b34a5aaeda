"""What is asked of the view of page visits: those of a customer, and the pages visited most."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections import PAGE_VISITS, SESSIONS
from ....projections.page_visits import PageRow, PageVisit, PageVisitsOf, TopPages, visits_shown
from ...database.column_types import COMPACT_UUID
from .. import tallies
from ..tables import view
from . import answer

visits_table, sessions_table = view(PAGE_VISITS), view(SESSIONS)


_ALL = 2**63 - 1

visit = visits_table.c
_OF_CUSTOMER = visit.uuid == sa.bindparam("customer", type_=COMPACT_UUID)
_ORDER = (visit.time, visit.ahead, visit.event_id)
_PLACE = sa.tuple_(*(sa.bindparam(column.name, type_=column.type) for column in _ORDER))
_STANDS = sa.tuple_(*_ORDER)


def _page_of_visits(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    session = sessions_table.c
    newest = (
        sa.select(visits_table)
        .where(_OF_CUSTOMER, *conditions)
        .order_by(*(column.desc() for column in _ORDER))
        .limit(sa.bindparam("most", type_=sa.BigInteger))
        .subquery()
    )
    # Sessions lie apart: the first one that is not over before a visit is the only one that can hold it.
    holds_it = sa.and_(session.started_at <= newest.c.time, session.last_activity_at >= newest.c.time)
    in_session = (
        sa.select(sa.case((holds_it, session.session_id)))
        .where(session.uuid == newest.c.uuid, session.deadline >= newest.c.time, newest.c.in_session == 1)
        .order_by(session.deadline)
        .limit(1)
        .scalar_subquery()
    )
    newest_first = (newest.c[column.name].desc() for column in _ORDER)
    return sa.select(newest, in_session.label("session_id")).order_by(*newest_first)


# Put together once, which takes longer than to ask for a page.
_NEWEST, _BEHIND = _page_of_visits(), _page_of_visits(_STANDS < _PLACE)
_NOT_BEHIND = sa.select(visits_table).where(_OF_CUSTOMER, _STANDS >= _PLACE).order_by(*_ORDER).limit(1)


@answer.register
def page_visits(query: PageVisitsOf, connection: Connection) -> list[PageVisit]:
    """A customer's page visits, the newest first."""
    most = _ALL if query.limit is None else min(query.limit + 1, _ALL)
    asked = {"customer": query.customer, "most": most}
    if query.after is None:
        return visits_shown(connection.execute(_NEWEST, asked).all(), query.limit)
    place = query.after._asdict()
    later = connection.execute(_NOT_BEHIND, {"customer": query.customer, **place}).first()
    return visits_shown(connection.execute(_BEHIND, asked | place).all(), query.limit, later)


@answer.register
def pages(query: TopPages, connection: Connection) -> list[PageRow]:
    """The pages visited most."""
    found = tallies.most(connection, PAGE_VISITS.name, "pages", query.limit)
    urls = [url for url, _ in found]
    entries, exits = (tallies.of_keys(connection, SESSIONS.name, name, urls) for name in ("entries", "exits"))
    customers = _customers(connection, urls) if query.customers else {}
    return [PageRow(url, visits, customers.get(url), entries[url], exits[url]) for url, visits in found]


def _customers(connection: Connection, urls: list[str]) -> dict[str, int]:
    # Who visited a page before cannot be tallied without a look at what each customer did: they are counted when asked.
    asked = sa.select(visit.url, sa.func.count(visit.uuid.distinct())).group_by(visit.url)
    shown = asked.where(visit.url.in_(urls)) if len(urls) <= tallies.FIRST_LOOK else asked
    return {row[0]: row[1] for row in connection.execute(shown)}
