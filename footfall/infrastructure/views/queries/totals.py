"""Counts over all views."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from ....projections import PAGE_VISITS, PROFILES, SESSIONS
from ....projections.totals import Stats, Totals
from ...log import rejection_bounds
from .. import tallies
from . import answer


@answer.register
def stats(_query: Totals, connection: Connection) -> Stats:
    """How many rows the views hold, how many events senders handed in, and how many rejections are kept."""
    of_profiles, of_sessions = (tallies.numbers_of(connection, model.name, "figures") for model in (PROFILES, SESSIONS))
    return Stats(
        events=of_profiles.get("events", 0),
        customers=of_profiles.get("customers", 0),
        page_visits=tallies.of_keys(connection, PAGE_VISITS.name, "visits", [""])[""],
        sessions=of_sessions.get("sessions", 0),
        rejected=rejection_bounds.count(connection),
    )
