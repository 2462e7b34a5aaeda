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


class SessionRow(msgspec.Struct, frozen=True):
    """A session; `state` is `open` until the deadline has passed, then `ended`."""

    session_id: str
    uuid: str
    started_at: str
    last_activity_at: str
    deadline: str
    state: str
    activities: int
    page_visits: int
    entry_url: str | None
    exit_url: str | None
    referrer: str | None


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


class ProjectionStatus(msgspec.Struct, frozen=True):
    """How far a view is: its newest position in the log, and how many rows of the log it has not seen."""

    projection: str
    position: int
    lag: int


class ParkedRow(msgspec.Struct, frozen=True):
    """A customer that a view goes on without, until it is re-driven."""

    projection: str
    uuid: str
    position: int
    parked_at: str
    error: str


class StoreStatus(msgspec.Struct, frozen=True):
    """The log's head, every projection and every parked customer."""

    database: str
    partitions: int
    session_timeout_seconds: float
    log_head: int
    projections: list[ProjectionStatus]
    parked: list[ParkedRow]
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


class Difference(msgspec.Struct, frozen=True):
    """A row that only one side has: `unexpected` if the view holds it, `missing` if a fold of the log gives it."""

    view: str
    side: str
    row: dict[str, Any]


class ViewComparison(msgspec.Struct, frozen=True):
    """How a view compares with a fold of the log; not every difference is listed."""

    view: str
    rows: int
    differing: int
    differences: list[Difference]


class Verification(msgspec.Struct, frozen=True):
    """Every view compared with a fold of the log; `ok` if nothing differs and nobody is parked."""

    ok: bool
    views: list[ViewComparison]
    parked: list[ParkedRow]
