"""What queries answer: documents with stable keys; moments are ISO 8601 text in UTC with microseconds."""

from __future__ import annotations

from typing import Any

import msgspec


class TimelineEntry(msgspec.Struct, frozen=True):
    """An event of a customer as a person reads it."""

    time: str
    action: str
    label: str
    params: dict[str, Any]
    event_id: str
    received_at: str
    claimed_time: str | None = None


class ActivityEvent(msgspec.Struct, frozen=True):
    """An event of the log as a subscription delivers it; `cursor` is where to go on after it."""

    uuid: str
    action: str
    time: str
    params: dict[str, Any]
    event_id: str
    received_at: str
    claimed_time: str | None
    cursor: str


class RejectionRow(msgspec.Struct, frozen=True):
    """A rejection; `content` is what was handed in, as JSON, or where it is `cut` the beginning of that. `size` (bytes)
    and `sha256` are those of the whole."""

    rejection_id: str
    reason: str
    detail: str
    uuid: str | None
    received_at: str
    kind: str
    content: str
    size: int
    sha256: str
    cut: bool


class TimeoutRow(msgspec.Struct, frozen=True):
    """A session timeout that was set, and when."""

    set_at: str
    seconds: float


class Outcome(msgspec.Struct, frozen=True):
    """What a session timeout makes of a log; `timeout_seconds` is None where each activity keeps its own."""

    timeout_seconds: float | None
    sessions: int
    bounces: int
    bounce_rate: float | None
    time_on_site_seconds: float


class WhatIf(msgspec.Struct, frozen=True):
    """The sessions as they are, and what they would be under another timeout, over the same log."""

    today: Outcome
    would_be: Outcome
