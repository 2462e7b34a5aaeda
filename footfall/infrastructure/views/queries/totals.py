"""Counts over all views."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections import PAGE_VISITS, PROFILES, SESSIONS
from ....projections.totals import Stats, Totals
from ...log import rejection_bounds
from ..tables import view
from . import answer

profiles_table = view(PROFILES)


@answer.register
def stats(_query: Totals, connection: Connection) -> Stats:
    """How many rows the views hold, how many events senders handed in, and how many rejections are kept."""
    events = connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(profiles_table.c.events), 0)))
    page_visits, sessions, customers = (
        connection.scalar(sa.select(sa.func.count()).select_from(view(model))) or 0
        for model in (PAGE_VISITS, SESSIONS, PROFILES)
    )
    return Stats(
        events=int(events or 0),
        customers=customers,
        page_visits=page_visits,
        sessions=sessions,
        rejected=rejection_bounds.count(connection),
    )
