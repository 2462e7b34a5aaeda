"""The ends of sessions: which are due, and which were announced."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import attrgetter
from uuid import UUID

import msgspec

from . import sessions as windows
from .derived_id import derived_id
from .events import SessionEnded
from .sessions import Session

_started = attrgetter("started_at")


def overdue_ends(customer: UUID, sessions: Iterable[Session], now: int, limit: int | None = None) -> list[SessionEnded]:
    """The ends to announce at `now` (µs), the first `limit` of them: of sessions whose deadline has passed. An end is
    told as of the deadline, however late it is told, and under an id that follows from the session as it stands."""
    overdue = (session for session in sessions if session.deadline < now and not session.end_announced)
    return [_end(customer, session, now) for session in islice(overdue, limit)]


def _end(customer: UUID, session: Session, now: int) -> SessionEnded:
    identity = windows.session_id(customer, session)
    return SessionEnded(
        session.deadline,
        now,
        derived_id(identity, f"end {session.last_activity_at} {session.deadline}"),
        identity,
        session.first_event_id,
        session.started_at,
        session.last_activity_at,
    )


def ends_announced(sessions: Sequence[Session], ends: Iterable[SessionEnded]) -> tuple[Session, ...]:
    """The sessions with these ends marked as announced, where a session still stands as the announcement says."""
    marked = list(sessions)
    for end in ends:
        at = bisect_left(marked, end.started_at, key=_started)
        if at < len(marked) and _is_end_of(end, marked[at]):
            marked[at] = msgspec.structs.replace(marked[at], end_announced=True)
    return tuple(marked)


def _is_end_of(event: SessionEnded, session: Session) -> bool:
    told = (event.first_event_id, event.last_activity_at, event.time)
    return told == (session.first_event_id, session.last_activity_at, session.deadline)
