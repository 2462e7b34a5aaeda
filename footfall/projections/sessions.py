"""Sessions: a row for each, exactly what a batch computation over all of a customer's activity would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple, cast
from uuid import UUID

from ..domain import sessions as windows
from ..domain.cursors import Cursors, Whole
from ..domain.events import ActivityRecorded, CustomerEvent, SessionStarted
from ..domain.moments import DAY, HOUR, to_datetime
from ..domain.sessions import Page, Session
from ..domain.sessions_shortcut import fold as fold_sessions
from ..domain.spans import Span
from .read_model import Change, Column, ColumnType, Index, Query, ReadModel, Row, Tallies

_FIRST_EVENT = 10
_HOURS = DAY // HOUR
_started = itemgetter(2)


class SessionFilter(NamedTuple):
    """Which sessions: of a customer, begun from `since` on and before `until` (µs), only those that are open."""

    customer: UUID | None = None
    since: int | None = None
    until: int | None = None
    open_only: bool = False


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session; `state` is `open` until the deadline has passed, then `ended`."""

    session_id: str
    uuid: str
    started_at: datetime
    last_activity_at: datetime
    deadline: datetime
    state: str
    activities: int
    page_visits: int
    entry_url: str | None
    exit_url: str | None
    referrer: str | None
    cursor: str


class SessionPlace(NamedTuple):
    """Where a session stands in lists: the later start (µs) first, then the higher id."""

    started_at: Whole
    session_id: UUID


SESSION_CURSORS = Cursors("sessions", SessionPlace)


class SessionsIn(Query[list[SessionRow]], frozen=True):
    """Sessions, the newest first, as they are at `now` (µs); those behind a place, if one is given."""

    which: SessionFilter
    now: int
    limit: int | None
    after: SessionPlace | None = None


class SessionCalled(Query[SessionRow | None], frozen=True):
    """The session of an id, or the one that took it in, as it is at `now` (µs)."""

    session_id: UUID
    now: int


class _Nowhere:
    time = event_id = url = referrer = ahead = None


_NOWHERE = _Nowhere()


class Sessions(ReadModel):
    """One row for each session. `entry_*` and `exit_*` tell its first and last page visit."""

    name = "sessions"
    fits = True
    # What tells that a session began has its id, which takes longer to derive than all else that is done for a row.
    topics = frozenset({ActivityRecorded.topic, SessionStarted.topic})
    key = "session_id"
    columns = (
        Column("session_id", ColumnType.UUID, required=True),
        Column("uuid", ColumnType.UUID, required=True),
        Column("started_at", ColumnType.INTEGER, required=True),
        Column("last_activity_at", ColumnType.INTEGER, required=True),
        Column("deadline", ColumnType.INTEGER, required=True),
        Column("activities", ColumnType.INTEGER, required=True),
        Column("page_visits", ColumnType.INTEGER, required=True),
        Column("entry_url", ColumnType.TEXT),
        Column("exit_url", ColumnType.TEXT),
        Column("referrer", ColumnType.TEXT),
        Column("first_event_id", ColumnType.UUID, required=True),
        Column("entry_at", ColumnType.INTEGER),
        Column("entry_ahead", ColumnType.INTEGER),
        Column("entry_event_id", ColumnType.UUID),
        Column("exit_at", ColumnType.INTEGER),
        Column("exit_ahead", ColumnType.INTEGER),
        Column("exit_event_id", ColumnType.UUID),
        Column("duration", ColumnType.INTEGER, required=True),
    )
    indexes = (
        Index("uuid", "deadline"),
        Index("started_at", "session_id"),
        Index("deadline"),
        Index("duration"),
    )
    lookback_column = "deadline"
    tallied = 1

    def spans(self, events: Sequence[CustomerEvent]) -> Sequence[Span]:
        """Sessions that the activity touches: those whose deadline it does not miss, up to the first one after it."""
        return windows.reaches(windows.activity_in(events))

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """Place each activity among the sessions; replace those that changed."""
        ids = {event.first_event_id.int: event.session_id for event in events if type(event) is SessionStarted}
        activities = windows.activity_in(events)
        if not rows:
            return Change((), [_row(ids, customer, session) for session in fold_sessions(activities)])
        before = sorted(rows, key=_started)
        known = list(map(_session, before))
        after = fold_sessions(activities, known)
        # A fold hands on those that it does not touch as they are; one that it touches has more activity than before.
        kept, old = set(map(id, after)), set(map(id, known))
        changed = [row for row, session in zip(before, known, strict=True) if id(session) not in kept]
        ids |= {row[_FIRST_EVENT].int: row[0] for row in changed}
        added = [session for session in after if id(session) not in old]
        return Change([row[0] for row in changed], [_row(ids, customer, session) for session in added])

    def tally(self, rows: Sequence[Row]) -> Tallies:
        """The figures of a summary, by page, by hour and by range of the duration where it has them so."""
        column = dict(zip(self.column_indexes, zip(*rows, strict=True), strict=bool(rows)))
        durations = column.get("duration", ())
        return {
            "figures": {
                "sessions": len(rows),
                "bounces": column.get("activities", ()).count(1),
                "duration": sum(durations),
                "page_visits": sum(column.get("page_visits", ())),
            },
            "entries": _without_none(Counter(column.get("entry_url", ()))),
            "exits": _without_none(Counter(column.get("exit_url", ()))),
            "hours": _by_text(Counter([moment // HOUR % _HOURS for moment in column.get("started_at", ())])),
            "durations": _by_text(Counter(map(duration_range, durations))),
        }


def _without_none(numbers: Counter[str | None]) -> Mapping[str, int]:
    numbers.pop(None, None)
    return cast("Mapping[str, int]", numbers)


def _by_text(numbers: Mapping[int, int]) -> Mapping[str, int]:
    return {str(key): number for key, number in numbers.items()}


_RANGES = 6


def duration_range(duration: int) -> int:
    """The number of the range in which a duration (µs) lies: longer ones have higher numbers. A range is as wide as a
    thirty-second part of what it begins with at most; those below 64 µs hold one duration each."""
    shift = max(0, duration.bit_length() - _RANGES)
    return (shift << _RANGES) + (duration >> shift)


def first_of_range(number: int) -> int:
    """The shortest duration of a range."""
    shift, first = divmod(number, 1 << _RANGES)
    return first << shift


def _session(row: Row) -> Session:
    started_at, last_activity_at, deadline, activities, page_visits, entry_url, exit_url, referrer, first = row[2:11]
    entry_at, entry_ahead, entry_id, exit_at, exit_ahead, exit_id = row[11:17]
    return Session(
        started_at,
        first,
        last_activity_at,
        deadline,
        activities,
        page_visits,
        None if entry_url is None else Page(entry_at, entry_id, entry_url, referrer, entry_ahead),
        None if exit_url is None else Page(exit_at, exit_id, exit_url, None, exit_ahead),
    )


def _row(ids: Mapping[int, UUID], customer: UUID, session: Session) -> Row:
    entry, last = session.entry or _NOWHERE, session.exit or _NOWHERE
    return (
        ids.get(session.first_event_id.int) or windows.session_id(customer, session),
        customer,
        session.started_at,
        session.last_activity_at,
        session.deadline,
        session.activities,
        session.page_visits,
        entry.url,
        last.url,
        entry.referrer,
        session.first_event_id,
        entry.time,
        entry.ahead,
        entry.event_id,
        last.time,
        last.ahead,
        last.event_id,
        session.last_activity_at - session.started_at,
    )


def describe_session(row: Any, now: int) -> SessionRow:
    """A session as it is shown at `now` (µs)."""
    return SessionRow(
        session_id=str(row.session_id),
        uuid=str(row.uuid),
        started_at=to_datetime(row.started_at),
        last_activity_at=to_datetime(row.last_activity_at),
        deadline=to_datetime(row.deadline),
        state="ended" if row.deadline < now else "open",
        activities=row.activities,
        page_visits=row.page_visits,
        entry_url=row.entry_url,
        exit_url=row.exit_url,
        referrer=row.referrer,
        cursor=SESSION_CURSORS.text(SessionPlace(row.started_at, row.session_id)),
    )
