"""The words that use cases and adapters share."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from ...domain.errors import Reason
from ...domain.events import ActivityRecorded, SessionAnnouncement
from ...domain.sender import Sender

Clock = Callable[[], int]
"""The present moment in µs since the epoch, UTC."""

NewId = Callable[[], UUID]


TimelineEvent = ActivityRecorded | SessionAnnouncement
"""What a timeline shows."""


class SubmissionKind(StrEnum):
    """What a submission asks for."""

    EVENT = "event"
    ATTRIBUTES = "attributes"
    ORDER = "order"


class Rejection(NamedTuple):
    """An event that a rule refused, kept whole. `content` is JSON in ASCII, as it was sent."""

    rejection_id: UUID
    kind: SubmissionKind
    customer: UUID | None
    content: str
    sender: Sender
    received_at: int
    reason: Reason
    detail: str
    number: int = 0
