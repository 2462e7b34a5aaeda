"""What an engine tells of itself for whoever watches it: counts of this process, and how the store stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took: how often it was done, how many seconds in all, and how often it took at most so many
    seconds (`buckets`, by their upper bounds; each counts those below it, too)."""

    count: int
    sum: float
    buckets: Mapping[float, int]


@dataclass(frozen=True, slots=True)
class PoolMetrics:
    """Connections of this process: how many are in use, how many may be, how many threads wait for one. All are 0 for
    a store in memory."""

    in_use: int
    size: int
    waiting: int


@dataclass(frozen=True, slots=True)
class StoreMetrics:
    """How the store stands, whichever process looks: rows of the log that each view has not seen (`lag`), customers
    whose sessions are to be looked at by now, for how many seconds the first has been waiting, customers that a view
    goes on without, and how many refused events are kept."""

    lag: Mapping[str, int]
    sessions_due: int
    sessions_due_seconds: float
    parked: int
    rejections_kept: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts since `since`, when the engine was opened or its process forked, of what this process did: events
    accepted, known already (`duplicate`) and `rejected` by reason; `commit_seconds` of the transactions that took them
    in, with all attempts; how many of these failed and how many further attempts there were; rows of the log that were
    folded into views; sweeps of a partition in which somebody was due, and sessions that they ended.

    `pool` and `store` are as of now; `store` is None where the store does not answer.
    """

    since: datetime
    accepted: int
    duplicate: int
    rejected: Mapping[str, int]
    commit_seconds: Durations
    commits_failed: int
    retries: int
    events_folded: int
    sweeps: int
    sessions_ended: int
    pool: PoolMetrics
    store: StoreMetrics | None
