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


class PageVisit(msgspec.Struct, frozen=True):
    """A page visit; `previous`, `next` and `session_id` follow from event time."""

    event_id: str
    uuid: str
    time: str
    received_at: str
    url: str
    host: str
    path: str
    title: str | None
    referrer: str | None
    previous_url: str | None
    next_url: str | None
    seconds_until_next: float | None
    session_id: str | None


class PageRow(msgspec.Struct, frozen=True):
    """A page: how often and by how many customers it was visited, and how many sessions began and ended on it."""

    url: str
    visits: int
    customers: int
    entries: int
    exits: int


class ProfileRow(msgspec.Struct, frozen=True):
    """A customer in the list of profiles."""

    uuid: str
    first_seen: str | None
    last_seen: str | None
    events: int
    sessions: int
    counts: dict[str, int]
    attributes: dict[str, Any]


class Stats(msgspec.Struct, frozen=True):
    """Counts over the whole store; `events` are those that senders handed in."""

    events: int
    customers: int
    page_visits: int
    sessions: int
    rejected: int


class RejectionRow(msgspec.Struct, frozen=True):
    """A rejection; `content` is what was handed in, as JSON."""

    rejection_id: str
    reason: str
    detail: str
    uuid: str | None
    received_at: str
    kind: str
    content: str
