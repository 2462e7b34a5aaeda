"""Sessions: activity of one customer whose neighbours in event time are at most a timeout apart.

The rule is that of `session_window` in Spark and Flink: a gap of exactly the timeout joins, one microsecond
more splits. Each event brings the timeout that was set when it was taken in, as Spark's windows with a dynamic gap
do: it covers the span from its time to its deadline, and a session is a chain of spans that touch. So a session is a
sum over its events, and the order in which they arrive cannot matter: an event is a session of its own that is joined
with those it touches, and so is a run of events that are near each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple, TypeGuard
from uuid import UUID

import msgspec

from .actions import PAGE_VISIT
from .derived_id import derived_id
from .events import ActivityRecorded
from .moments import EARLIEST

_deadline = attrgetter("deadline")
_moment = attrgetter("time", "event_id")


class Page(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A page visit as a session remembers it; the order of pages is that of (time, event id)."""

    time: int
    event_id: UUID
    url: str
    referrer: str | None


class Session(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A session; moments in µs, UTC. It may be prolonged up to its deadline, inclusive. `end_announced` tells whether
    its `session.end` was written as it stands."""

    started_at: int
    first_event_id: UUID
    last_activity_at: int
    deadline: int
    activities: int
    page_visits: int
    entry: Page | None
    exit: Page | None
    end_announced: bool = False


class Placement(NamedTuple):
    """Where activity belongs among sessions: those from `low` up to `high` become `joined`."""

    low: int
    high: int
    joined: Session


def session_id(customer: UUID, session: Session) -> UUID:
    """The id that every replay gives: derived from the customer and the session's first event."""
    return derived_id(customer, f"session {session.first_event_id}")


def is_activity(event: object) -> TypeGuard[ActivityRecorded]:
    """Whether an event of the log is session activity."""
    return isinstance(event, ActivityRecorded) and event.is_session_activity


def single(activity: ActivityRecorded) -> Session:
    """The session that one activity event makes by itself."""
    page = _page(activity)
    time = activity.time
    return Session(time, activity.event_id, time, time + activity.timeout, 1, int(page is not None), page, page)


def _page(activity: ActivityRecorded) -> Page | None:
    if activity.action != PAGE_VISIT:
        return None
    return Page(activity.time, activity.event_id, activity.params["url"], activity.params.get("referrer"))


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


def place_activity(sessions: Sequence[Session], activity: ActivityRecorded) -> Placement:
    """Find the sessions (sorted, apart from each other) that an activity touches, and what they become."""
    time, end = activity.time, len(sessions)
    if not end or time > sessions[-1].deadline:
        return Placement(end, end, single(activity))
    if time > sessions[-1].last_activity_at:
        return Placement(end - 1, end, _prolonged(sessions[-1], activity))
    return _amid(sessions, single(activity))


def _amid(sessions: Sequence[Session], new: Session) -> Placement:
    high = low = bisect_left(sessions, new.started_at, key=_deadline)
    joined = new
    while high < len(sessions) and sessions[high].started_at <= new.deadline:
        joined = join(sessions[high], joined)
        high += 1
    return Placement(low, high, joined)


def _prolonged(session: Session, later: ActivityRecorded) -> Session:
    # What `join` would give for activity after a session's last: by far the most frequent case.
    page, deadline = _page(later), later.time + later.timeout
    return Session(
        session.started_at,
        session.first_event_id,
        later.time,
        deadline if deadline > session.deadline else session.deadline,
        session.activities + 1,
        session.page_visits + (page is not None),
        session.entry or page,
        page or session.exit,
    )


def fold(activities: Iterable[ActivityRecorded], known: Sequence[Session] = ()) -> list[Session]:
    """The sessions of one customer after its activity events, whatever their order."""
    sessions = list(known)
    for run in _runs(sorted(activities, key=_moment)):
        low, high, joined = _amid(sessions, run)
        sessions[low:high] = [joined]
    return sessions


def _runs(ordered: Iterable[ActivityRecorded]) -> Iterator[Session]:
    # What joining one after the other would give; a replay folds millions of events that come nearly in order.
    run: list[ActivityRecorded] = []
    deadline = EARLIEST
    for activity in ordered:
        if activity.time > deadline and run:
            yield _together(run, deadline)
            run = []
        run.append(activity)
        deadline = max(deadline, activity.time + activity.timeout)
    if run:
        yield _together(run, deadline)


def _together(run: Sequence[ActivityRecorded], deadline: int) -> Session:
    first = run[0]
    visits = [activity for activity in run if activity.action == PAGE_VISIT]
    entry, last = (_page(visits[0]), _page(visits[-1])) if visits else (None, None)
    return Session(first.time, first.event_id, run[-1].time, deadline, len(run), len(visits), entry, last)


def _first(one: Page | None, other: Page | None) -> Page | None:
    if one is None or other is None:
        return one or other
    return one if _order(one) <= _order(other) else other


def _last(one: Page | None, other: Page | None) -> Page | None:
    if one is None or other is None:
        return one or other
    return one if _order(one) >= _order(other) else other


def _order(page: Page) -> tuple[int, UUID]:
    return page.time, page.event_id


def _beginning(session: Session) -> tuple[int, UUID]:
    return session.started_at, session.first_event_id


def _covers(session: Session, other: Session) -> bool:
    within = other.last_activity_at <= session.last_activity_at and other.deadline <= session.deadline
    return within and _beginning(session) <= _beginning(other)
