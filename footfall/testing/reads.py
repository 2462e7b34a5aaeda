"""What is asked of the views in memory; the answers are those of the queries on a database."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec

from ..application.reading.answers import Stats
from ..domain.errors import Rejected
from ..domain.moments import DAY, HOUR, SECOND
from ..domain.params import check
from ..projections import PAGE_VISITS, PROFILES, SESSION_HANDLES, SESSIONS
from ..projections.page_visits import PageRow, PageVisit, describe_visit
from ..projections.profiles import ProfileRow, describe_profile
from ..projections.sessions import PageCount, SessionFilter, SessionRow, SessionSummary, describe_session
from .log import InMemoryLog
from .views import InMemoryViews

PAGES_SHOWN = 10


class InMemoryReads:
    """The `ViewReads` of an engine in memory."""

    def __init__(self, views: InMemoryViews, log: InMemoryLog) -> None:
        self._views, self._log = views, log

    def page_visits(self, fresh: bool | None, customer: UUID, limit: int | None) -> list[PageVisit]:
        """A customer's page visits, the newest first."""
        visits, sessions = self._records(fresh, customer, PAGE_VISITS.name, SESSIONS.name)
        visits.sort(key=lambda visit: (visit.time, visit.event_id))
        for before, visit, after in zip([None, *visits], visits, [*visits[1:], None], strict=False):
            visit.previous_url = before and before.url
            visit.next_url, visit.next_time = (after.url, after.time) if after else (None, None)
            visit.session_id = _session_at(sessions, visit.time) if visit.in_session else None
        return [describe_visit(visit) for visit in visits[::-1][:limit]]

    def pages(self, fresh: bool | None, limit: int | None) -> list[PageRow]:
        """The pages visited most."""
        visits, sessions = self._records(fresh, None, PAGE_VISITS.name, SESSIONS.name)
        counts = _most_frequent(visit.url for visit in visits)[:limit]
        customers = Counter(url for url, _ in {(visit.url, visit.uuid) for visit in visits})
        entries, exits = (Counter(getattr(one, name) for one in sessions) for name in ("entry_url", "exit_url"))
        return [PageRow(url, count, customers[url], entries[url], exits[url]) for url, count in counts]

    def sessions(self, fresh: bool | None, which: SessionFilter, now: int, limit: int | None) -> list[SessionRow]:
        """Sessions, the newest first."""
        chosen = self._chosen(fresh, which, now)
        chosen.sort(key=lambda session: (-session.started_at, session.session_id))
        return [describe_session(session, now) for session in chosen[:limit]]

    def session(self, fresh: bool | None, session_id: UUID, now: int) -> SessionRow | None:
        """The session of this id, or the one that took it in."""
        sessions, handles = self._records(fresh, None, SESSIONS.name, SESSION_HANDLES.name)
        moments = [(handle.uuid, handle.time) for handle in handles if handle.session_id == session_id]
        found = [session for session in sessions if session.session_id == session_id] or [
            session
            for session in sessions
            for customer, time in moments
            if session.uuid == customer and session.started_at <= time <= session.last_activity_at
        ]
        return describe_session(found[0], now) if found else None

    def session_summary(self, fresh: bool | None, which: SessionFilter, now: int) -> SessionSummary:
        """Figures over sessions."""
        chosen = self._chosen(fresh, which, now)
        durations = sorted(session.last_activity_at - session.started_at for session in chosen)
        bounces = sum(session.activities == 1 for session in chosen)
        hours = Counter(session.started_at % DAY // HOUR for session in chosen)
        return SessionSummary(
            sessions=len(chosen),
            open=sum(session.deadline >= now for session in chosen),
            bounces=bounces,
            bounce_rate=bounces / len(chosen) if chosen else None,
            time_on_site_seconds=sum(durations) / SECOND,
            median_duration_seconds=_quantile(durations, 0.5),
            p95_duration_seconds=_quantile(durations, 0.95),
            pages_per_session=sum(session.page_visits for session in chosen) / len(chosen) if chosen else None,
            entry_pages=_page_counts(session.entry_url for session in chosen),
            exit_pages=_page_counts(session.exit_url for session in chosen),
            by_hour=[hours[hour] for hour in range(DAY // HOUR)],
        )

    def profiles(self, fresh: bool | None, attributes: Mapping[str, Any], limit: int | None) -> list[ProfileRow]:
        """Customers, the last seen first; of those attributes, if any are given."""
        try:
            check(attributes)
        except Rejected:
            return []  # no profile can have them
        profiles, sessions = self._records(fresh, None, PROFILES.name, SESSIONS.name)
        counts = Counter(session.uuid for session in sessions)
        chosen = [profile for profile in profiles if _has(profile.attributes, attributes)]
        chosen.sort(key=lambda one: (one.last_seen is None, -(one.last_seen or 0), one.uuid))
        for profile in chosen:
            profile.sessions = counts[profile.uuid]
        return [describe_profile(profile) for profile in chosen[:limit]]

    def stats(self, fresh: bool | None) -> Stats:
        """Counts over the whole store."""
        visits, sessions, profiles = self._records(fresh, None, PAGE_VISITS.name, SESSIONS.name, PROFILES.name)
        events = sum(profile.events for profile in profiles)
        return Stats(events, len(profiles), len(visits), len(sessions), len(self._log.contents.rejections))

    def rows(self, fresh: bool | None, view: str, customer: UUID | None, limit: int | None) -> list[dict[str, Any]]:
        """Rows of any view by column. Raises `UnknownView`."""
        name = self._views.check(view)
        with self._views.read(fresh) as views:
            return views[name].rows(customer)[:limit]

    def _records(self, fresh: bool | None, customer: UUID | None, *names: str) -> list[list[SimpleNamespace]]:
        with self._views.read(fresh) as views:
            return [views[name].records(customer) for name in names]

    def _chosen(self, fresh: bool | None, which: SessionFilter, now: int) -> list[SimpleNamespace]:
        (sessions,) = self._records(fresh, which.customer, SESSIONS.name)
        return [
            session
            for session in sessions
            if (which.since is None or session.started_at >= which.since)
            and (which.until is None or session.started_at < which.until)
            and (session.deadline >= now or not which.open_only)
        ]


def _session_at(sessions: Iterable[SimpleNamespace], time: int) -> UUID | None:
    around = (one for one in sessions if one.started_at <= time <= one.last_activity_at)
    return next((one.session_id for one in around), None)


def _most_frequent(urls: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(urls).items(), key=lambda one: (-one[1], one[0]))


def _page_counts(urls: Iterable[str | None]) -> list[PageCount]:
    counts = _most_frequent(url for url in urls if url is not None)
    return [PageCount(url, count) for url, count in islice(counts, PAGES_SHOWN)]


def _quantile(durations: Sequence[int], share: float) -> float | None:
    if not durations:
        return None
    rank = share * (len(durations) - 1)
    low, high = durations[math.floor(rank)], durations[math.ceil(rank)]
    return (low + (rank % 1) * (high - low)) / SECOND


def _has(attributes: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    # Compared as JSON, where 1, 1.0, true and "1" are four values.
    return all(name in attributes and _json(attributes[name]) == _json(value) for name, value in wanted.items())


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value, order="sorted")
