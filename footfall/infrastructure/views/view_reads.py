"""Reads of the views: which query answers each, and which views it must see at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ...application.reading.answers import Stats
from ...projections import PAGE_VISITS, PROFILES, SESSIONS
from ...projections.page_visits import PageRow, PageVisit
from ...projections.profiles import ProfileRow
from ...projections.sessions import SessionFilter, SessionRow, SessionSummary
from .queries import page_visits, profiles, rows, sessions, totals
from .views import Views


class ViewReads:
    """What is asked of the views; `fresh`: whether they catch up with the log first, None: on SQLite only."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def page_visits(self, fresh: bool | None, customer: UUID, limit: int | None) -> list[PageVisit]:
        """A customer's page visits, the newest first."""
        return self._views.read(fresh, page_visits.page_visits, customer, limit)

    def pages(self, fresh: bool | None, limit: int | None) -> list[PageRow]:
        """The pages visited most."""
        return self._views.read_together(fresh, (PAGE_VISITS, SESSIONS), page_visits.pages, limit)

    def sessions(self, fresh: bool | None, which: SessionFilter, now: int, limit: int | None) -> list[SessionRow]:
        """Sessions, the newest first."""
        return self._views.read(fresh, sessions.sessions, which, now, limit)

    def session(self, fresh: bool | None, session_id: UUID, now: int) -> SessionRow | None:
        """The session of this id, or the one that took it in."""
        return self._views.read(fresh, sessions.session_of, session_id, now)

    def session_summary(self, fresh: bool | None, which: SessionFilter, now: int) -> SessionSummary:
        """Figures over sessions."""
        return self._views.read_together(fresh, (SESSIONS,), sessions.summary, which, now)

    def profiles(self, fresh: bool | None, attributes: Mapping[str, Any], limit: int | None) -> list[ProfileRow]:
        """Customers, the last seen first; of those attributes, if any are given."""
        return self._views.read(fresh, profiles.profiles, attributes, limit)

    def stats(self, fresh: bool | None) -> Stats:
        """Counts over the whole store."""
        return self._views.read_together(fresh, (PAGE_VISITS, SESSIONS, PROFILES), totals.stats)

    def rows(self, fresh: bool | None, view: str, customer: UUID | None, limit: int | None) -> list[dict[str, Any]]:
        """Rows of any view by column. Raises `UnknownView`."""
        return self._views.read(fresh, rows.rows, self._views.model(view), customer, limit)
