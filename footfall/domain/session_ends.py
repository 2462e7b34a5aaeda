"""The ends of sessions: which are due, and which were announced."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

import msgspec

from . import sessions as windows
from .derived_id import derived_id
from .events import SessionEnded
from .sessions import Session

_started = attrgetter("started_at")


def overdue_ends(customer: UUID, sessions: Sequence[Session], now: int) -> list[SessionEnded]:
    """The ends to announce at `now` (µs): of sessions whose deadline has passed. An end is told as of the deadline,
    however late it is told, and under an id that follows from the session as it stands."""
    return [
        _end(customer, session, now) for session in sessions if session.deadline < now and not session.end_announced
    ]


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


def end_announced(sessions: tuple[Session, ...], event: SessionEnded) -> tuple[Session, ...]:
    """The sessions with the end of one marked as announced, if it still stands as the announcement says."""
    at = bisect_left(sessions, event.started_at, key=_started)
    if at == len(sessions) or not _is_end_of(event, sessions[at]):
        return sessions
    return (*sessions[:at], msgspec.structs.replace(sessions[at], end_announced=True), *sessions[at + 1 :])


def _is_end_of(event: SessionEnded, session: Session) -> bool:
    told = (event.first_event_id, event.last_activity_at, event.time)
    return told == (session.first_event_id, session.last_activity_at, session.deadline)
