"""What is asked of the views in memory; the answers are those of the queries on a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import singledispatch
from itertools import islice
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from ..domain.errors import FootfallError
from ..domain.events import event_place
from ..domain.moments import DAY, HOUR
from ..projections import PAGE_VISITS, PROFILES, SESSION_HANDLES, SESSIONS
from ..projections.page_visits import PageRow, PageVisit, PageVisitsOf, TopPages, VisitPlace, visits_shown
from ..projections.profiles import ProfilesWith
from ..projections.read_model import Query, Rows
from ..projections.session_summary import (
    PAGES_SHOWN,
    FiguresOver,
    PageCount,
    SessionSummary,
    SessionTotals,
    summarize,
)
from ..projections.sessions import (
    SessionCalled,
    SessionFilter,
    SessionPlace,
    SessionRow,
    SessionsIn,
    describe_session,
)
from ..projections.totals import Stats, Totals
from .log import InMemoryLog
from .profiles_walk import profiles
from .view import View

Read = Mapping[str, View]
"""The views by name, which nobody moves while they are read."""


@singledispatch
def answer(query: Query[Any], _views: Read, _log: InMemoryLog) -> Any:
    """The answer to a question. Raises `FootfallError` for a question that only a database answers."""
    raise FootfallError(f"an engine in memory does not answer {type(query).__name__}: use one on SQLite")


@answer.register
def page_visits(query: PageVisitsOf, views: Read, _log: InMemoryLog) -> list[PageVisit]:
    """A customer's page visits, the newest first."""
    all_visits, sessions = views[PAGE_VISITS.name].records(query.customer), views[SESSIONS.name].records(query.customer)
    in_order = sorted(all_visits, key=_visit_place, reverse=True)
    visits = [visit for visit in in_order if query.after is None or _visit_place(visit) < query.after]
    newest = visits if query.limit is None else visits[: query.limit + 1]
    for visit in newest:
        visit.session_id = _session_at(sessions, visit.time) if visit.in_session else None
    later = in_order[: len(in_order) - len(visits)]
    return visits_shown(newest, query.limit, later[-1] if later else None)


def _visit_place(visit: SimpleNamespace) -> VisitPlace:
    return VisitPlace(*event_place(visit))


@answer.register
def pages(query: TopPages, views: Read, _log: InMemoryLog) -> list[PageRow]:
    """The pages visited most."""
    visits, sessions = views[PAGE_VISITS.name].records(), views[SESSIONS.name].records()
    counts = _most_frequent(visit.url for visit in visits)[: query.limit]
    customers = Counter(url for url, _ in {(visit.url, visit.uuid) for visit in visits})
    entries, exits = (Counter(getattr(one, name) for one in sessions) for name in ("entry_url", "exit_url"))
    return [
        PageRow(url, count, customers[url] if query.customers else None, entries[url], exits[url])
        for url, count in counts
    ]


@answer.register
def sessions(query: SessionsIn, views: Read, _log: InMemoryLog) -> list[SessionRow]:
    """Sessions, the newest first."""
    chosen = sorted(_chosen(views, query.which, query.now), key=_session_place, reverse=True)
    behind = [one for one in chosen if query.after is None or _session_place(one) < query.after]
    return [describe_session(session, query.now) for session in behind[: query.limit]]


def _session_place(session: SimpleNamespace) -> SessionPlace:
    return SessionPlace(session.started_at, session.session_id)


@answer.register
def session_called(query: SessionCalled, views: Read, _log: InMemoryLog) -> SessionRow | None:
    """The session of this id, or the one that took it in."""
    sessions, handles = views[SESSIONS.name].records(), views[SESSION_HANDLES.name].records()
    moments = [(handle.uuid, handle.time) for handle in handles if handle.session_id == query.session_id]
    found = [session for session in sessions if session.session_id == query.session_id] or [
        session
        for session in sessions
        for customer, time in moments
        if session.uuid == customer and session.started_at <= time <= session.last_activity_at
    ]
    return describe_session(found[0], query.now) if found else None


@answer.register
def figures(query: FiguresOver, views: Read, _log: InMemoryLog) -> SessionSummary:
    """Figures over sessions."""
    chosen = _chosen(views, query.which, query.now)
    durations = sorted(session.last_activity_at - session.started_at for session in chosen)
    totals = SessionTotals(
        sessions=len(chosen),
        open=sum(session.deadline >= query.now for session in chosen),
        bounces=sum(session.activities == 1 for session in chosen),
        duration=sum(durations),
        page_visits=sum(session.page_visits for session in chosen),
    )
    return summarize(
        totals,
        lambda rank: durations[rank : rank + 2],
        entry_pages=_page_counts(session.entry_url for session in chosen),
        exit_pages=_page_counts(session.exit_url for session in chosen),
        hours=Counter(session.started_at % DAY // HOUR for session in chosen),
    )


answer.register(ProfilesWith, profiles)


@answer.register
def stats(_query: Totals, views: Read, log: InMemoryLog) -> Stats:
    """Counts over the whole store."""
    visits, sessions, profiles = (views[model.name].records() for model in (PAGE_VISITS, SESSIONS, PROFILES))
    events = sum(profile.events for profile in profiles)
    return Stats(events, len(profiles), len(visits), len(sessions), len(log.contents.rejections))


@answer.register
def rows(query: Rows, views: Read, _log: InMemoryLog) -> list[dict[str, Any]]:
    """Rows of any view by column."""
    return views[query.model.name].rows(query.customer)[: query.limit]


def _chosen(views: Read, which: SessionFilter, now: int) -> list[SimpleNamespace]:
    return [
        session
        for session in views[SESSIONS.name].records(which.customer)
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
