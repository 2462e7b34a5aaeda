"""The words that use cases and adapters share."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from ...domain.cursors import Cursors, Whole
from ...domain.errors import Reason
from ...domain.events import ActivityRecorded, SessionAnnouncement, SessionEnded, SessionRevised, SessionStarted
from ...domain.moments import DAY
from ...domain.sender import Sender

Clock = Callable[[], int]
"""The present moment in µs since the epoch, UTC."""

NewId = Callable[[], UUID]


TimelineEvent = ActivityRecorded | SessionAnnouncement
"""What a timeline shows."""


class TimelinePlace(NamedTuple):
    """Where an event stands in its customer's timeline: the later moment (µs) first. At one moment `rank` parts what
    the engine announces: beginnings of sessions lie before what was done, changes and ends after it."""

    time: Whole
    rank: Whole
    ahead: Whole
    event_id: UUID

    @classmethod
    def of(cls, event: TimelineEvent) -> TimelinePlace:
        """The place of an event."""
        return cls(event.time, _RANKS.get(type(event), 0), event.ahead, event.event_id)


_RANKS: dict[type, int] = {SessionStarted: -1, SessionRevised: 1, SessionEnded: 2}

TIMELINE_CURSORS = Cursors("timeline", TimelinePlace)


class SubmissionKind(StrEnum):
    """What a submission asks for."""

    EVENT = "event"
    ATTRIBUTES = "attributes"
    ORDER = "order"


class CutContent(NamedTuple):
    """What a content was of which only the beginning is kept: bytes of JSON, and their SHA-256 (hexadecimal)."""

    size: int
    sha256: str


class RejectionBounds(NamedTuple):
    """How many rejections are kept at most, and how long (µs). The oldest go first."""

    number: int = 100_000
    age: int = 30 * DAY

    def keep_from(self, now: int) -> int:
        """The moment (µs) before which what was received is no longer kept."""
        return now - self.age


DEFAULT_BOUNDS = RejectionBounds()


class Rejection(NamedTuple):
    """An event that a rule refused. `content` is JSON in ASCII, as it was sent, or as much of it as is kept; then `cut`
    tells of the whole."""

    rejection_id: UUID
    kind: SubmissionKind
    customer: UUID | None
    content: str
    sender: Sender
    received_at: int
    reason: Reason
    detail: str
    number: int = 0
    cut: CutContent | None = None


class RejectionPlace(NamedTuple):
    """Where a rejection stands in the list: in the order of their numbers."""

    number: Whole


REJECTION_CURSORS = Cursors("rejected", RejectionPlace)
