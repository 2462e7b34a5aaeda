"""What questions about the store itself answer: documents with stable keys; moments are in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ProjectionStatus:
    """How far a view is: its newest position in the log, and how many rows of the log it has not seen."""

    projection: str
    position: int
    lag: int


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A customer that a view goes on without, until it is re-driven."""

    projection: str
    uuid: str
    position: int
    parked_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a background job fares, in whichever process: its last success, and its last failure with the cause."""

    job: str
    last_success: datetime | None
    last_failure: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class SessionsDue:
    """Customers whose sessions are to be looked at by now, and for how many seconds the first has been waiting."""

    customers: int
    oldest: datetime | None
    lag_seconds: float


@dataclass(frozen=True, slots=True)
class RejectionStatus:
    """How many rejections are kept, how many had to go so far since no more are kept, and when the oldest came."""

    kept: int
    let_go: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The log's head, every projection, the background jobs and whom they wait for, and every parked customer;
    `connection` tells how the database is reached, and `wakeups` how followers learn of news."""

    database: str
    connection: str
    wakeups: str
    partitions: int
    session_timeout_seconds: float
    log_head: int
    projections: list[ProjectionStatus]
    jobs: list[JobStatus]
    sessions_due: SessionsDue
    parked: list[ParkedRow]
    rejected: int
    rejections: RejectionStatus


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that only one side has: `unexpected` if the view holds it, `missing` if a fold of the log gives it."""

    view: str
    side: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ViewComparison:
    """How a view compares with a fold of the log; not every difference is listed."""

    view: str
    rows: int
    differing: int
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Verification:
    """Every view compared with a fold of the log; `ok` if nothing differs and nobody is parked."""

    ok: bool
    views: list[ViewComparison]
    parked: list[ParkedRow]
