"""Sessions: activity of one customer whose neighbours in event time are at most a timeout apart.

The rule is that of `session_window` in Spark and Flink: a gap of exactly the timeout joins, one microsecond
more splits. Each event brings the timeout that was set when it was taken in, as Spark's windows with a dynamic gap
do: it covers the span from its time to its deadline, and a session is a chain of spans that touch. So a session is a
sum over its events, and the order in which they arrive cannot matter: an event is a session of its own that is joined
with those it touches, and so is a run of events that are near each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TypeGuard
from uuid import UUID

import msgspec

from .actions import PAGE_VISIT
from .derived_id import derived_id, uuid_text
from .events import ActivityRecorded, event_place
from .spans import Span

_deadline = attrgetter("deadline")


class Page(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page visit as a session remembers it, with its place in the order of events."""

    time: int
    event_id: UUID
    url: str
    referrer: str | None
    ahead: int = 0


class Session(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A session; moments in µs, UTC. It may be prolonged up to its deadline, inclusive. `end_announced` tells whether
    its `session.end` was written as it stands. The first event, of which the session's id is made, is the earliest by
    time and, among equal ones, the one of the lowest id, whatever their clocks claimed.

    The pages that it was entered on and left from are the view's: a customer's state, which is kept for very many
    customers, counts page visits and knows none of them.
    """

    started_at: int
    first_event_id: UUID
    last_activity_at: int
    deadline: int
    activities: int
    page_visits: int
    entry: Page | None
    exit: Page | None
    end_announced: bool = False


Placement = tuple[int, int, Session]
"""Where activity belongs among sessions, as low, high, joined: those from `low` up to `high` become `joined`. It has no
names because one with names is made by a function in Python, and there is one for each event."""


def session_id(customer: UUID, session: Session) -> UUID:
    """The id that every replay gives: derived from the customer and the session's first event."""
    return derived_id(customer, f"session {uuid_text(session.first_event_id)}")


def is_activity(event: object) -> TypeGuard[ActivityRecorded]:
    """Whether an event of the log is session activity."""
    return isinstance(event, ActivityRecorded) and event.is_session_activity


def activity_in(events: Iterable[object]) -> list[ActivityRecorded]:
    """Those of some events that are session activity, found without a call for each."""
    return [event for event in events if isinstance(event, ActivityRecorded) and event.is_session_activity]


def single(activity: ActivityRecorded, *, with_page: bool = True) -> Session:
    """The session that one activity event makes by itself."""
    page = page_of(activity) if with_page else None
    time, visits = activity.time, int(activity.action == PAGE_VISIT)
    return Session(time, activity.event_id, time, time + activity.timeout, 1, visits, page, page)


def without_pages(session: Session) -> Session:
    """The session as a customer's state has it."""
    if session.entry is None and session.exit is None:
        return session
    return msgspec.structs.replace(session, entry=None, exit=None)


def reaches(activities: Iterable[ActivityRecorded]) -> list[Span]:
    """Where activities touch sessions: those with a deadline in a span, and the first one after it if that has begun.
    What follows each other within its timeout has a span together."""
    spans: list[Span] = []
    since, until = 0, -1
    for activity in activities:
        time = activity.time
        deadline = time + activity.timeout
        if since <= time <= until:
            until = deadline if deadline > until else until
            continue
        if since <= until:
            spans.append(Span(since, until))
        since, until = time, deadline
    if since <= until:
        spans.append(Span(since, until))
    return spans


def page_of(activity: ActivityRecorded) -> Page | None:
    """The page that an activity visited, if it visited one."""
    if activity.action != PAGE_VISIT:
        return None
    params, ahead = activity.params, 0 if activity.claimed_time is None else activity.ahead
    return Page(activity.time, activity.event_id, params["url"], params.get("referrer"), ahead)


def join(one: Session, other: Session) -> Session:
    """Both sessions as one. Commutative and associative; what was announced of either holds no longer."""
    first = min(one, other, key=_beginning)
    return Session(
        first.started_at,
        first.first_event_id,
        max(one.last_activity_at, other.last_activity_at),
        max(one.deadline, other.deadline),
        one.activities + other.activities,
        one.page_visits + other.page_visits,
        _first(one.entry, other.entry),
        _last(one.exit, other.exit),
        # Activity inside a session that has ended leaves its bounds, and so its end, as they were announced.
        any(session.end_announced and _covers(session, one) and _covers(session, other) for session in (one, other)),
    )


def place_session(sessions: Sequence[Session], new: Session) -> Placement:
    """Find the sessions (sorted, apart from each other) that a new one touches, and what they become."""
    high = low = bisect_left(sessions, new.started_at, key=_deadline)
    joined = new
    while high < len(sessions) and sessions[high].started_at <= new.deadline:
        joined = join(sessions[high], joined)
        high += 1
    return low, high, joined


def _first(one: Page | None, other: Page | None) -> Page | None:
    if one is None or other is None:
        return one or other
    return min(one, other, key=event_place)


def _last(one: Page | None, other: Page | None) -> Page | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=event_place)


def _beginning(session: Session) -> tuple[int, UUID]:
    return session.started_at, session.first_event_id


def _covers(session: Session, other: Session) -> bool:
    within = other.last_activity_at <= session.last_activity_at and other.deadline <= session.deadline
    return within and _beginning(session) <= _beginning(other)
