"""What is asked and answered about sessions; moments in answers are ISO 8601 text in UTC with microseconds."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import msgspec


class Selection(NamedTuple):
    """Which sessions: of a customer, begun from `since` on and before `until` (µs), only those that are open."""

    customer: UUID | None = None
    since: int | None = None
    until: int | None = None
    open_only: bool = False


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


class PageCount(msgspec.Struct, frozen=True):
    """A page, and how many sessions began or ended on it."""

    url: str
    sessions: int


class SessionSummary(msgspec.Struct, frozen=True):
    """Figures over many sessions. A bounce is a session of one activity; a session lasts from its first activity to its
    last; quantiles are interpolated between neighbours; `by_hour` counts those that began in each hour of the day, UTC.
    """

    sessions: int
    open: int
    bounces: int
    bounce_rate: float | None
    time_on_site_seconds: float
    median_duration_seconds: float | None
    p95_duration_seconds: float | None
    pages_per_session: float | None
    entry_pages: list[PageCount]
    exit_pages: list[PageCount]
    by_hour: list[int]


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
