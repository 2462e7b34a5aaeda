"""What a process counts of its own work, a batch at a time. Threads share it; a child that is forked begins at 0."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from threading import Lock

from ...domain.moments import to_datetime
from ..ports.vocabulary import Clock
from ..reading.metrics import Durations, Metrics, PoolMetrics, StoreMetrics
from .forks import at_fork

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds (seconds) of the durations that are counted apart."""


class Counters:
    """Counts since the engine was opened."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begin()
        at_fork(self._begin)

    def _begin(self) -> None:
        self._lock = Lock()
        self._since = self._clock()
        self._accepted = self._duplicate = self._failed = self._retries = 0
        self._rejected: Counter[str] = Counter()
        self._seconds, self._bins = 0.0, [0] * (len(BUCKETS) + 1)
        self._folded = self._sweeps = self._ended = 0

    def committed(self, accepted: int, duplicate: int, rejected: Sequence[str], seconds: float, attempts: int) -> None:
        """A transaction that took events in, by what became of them."""
        with self._lock:
            self._accepted += accepted
            self._duplicate += duplicate
            if rejected:
                self._rejected.update(rejected)
            self._seconds += seconds
            self._bins[bisect_left(BUCKETS, seconds)] += 1
            self._retries += attempts - 1

    def failed(self, attempts: int) -> None:
        """The same, where none of its attempts went through."""
        with self._lock:
            self._failed += 1
            self._retries += max(0, attempts - 1)

    def folded(self, rows: int) -> None:
        """Rows of the log were folded into views."""
        with self._lock:
            self._folded += rows

    def swept(self, ended: int) -> None:
        """A partition was swept in which somebody was due."""
        with self._lock:
            self._sweeps += 1
            self._ended += ended

    def read(self, pool: PoolMetrics, store: StoreMetrics | None) -> Metrics:
        """All counts of one moment, with what else is told."""
        with self._lock:
            return Metrics(
                since=to_datetime(self._since),
                accepted=self._accepted,
                duplicate=self._duplicate,
                rejected=dict(self._rejected),
                commit_seconds=Durations(
                    sum(self._bins), self._seconds, dict(zip(BUCKETS, accumulate(self._bins), strict=False))
                ),
                commits_failed=self._failed,
                retries=self._retries,
                events_folded=self._folded,
                sweeps=self._sweeps,
                sessions_ended=self._ended,
                pool=pool,
                store=store,
            )
