"""What another session timeout would have made of the same log: activities, not written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ...domain import sessions as windows
from ...domain.events import ActivityRecorded
from ...domain.moments import SECOND
from ...domain.sessions import Session
from ...domain.sessions_shortcut import fold
from ...domain.timeouts import check_timeout
from ..ports.log import Log
from ..running.progress import Progress, silent
from .answers import Outcome, WhatIf


class _Tally:
    def __init__(self) -> None:
        self.sessions = self.bounces = self.on_site = 0

    def add(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            self.sessions += 1
            self.bounces += session.activities == 1
            self.on_site += session.last_activity_at - session.started_at

    def outcome(self, timeout: int | None) -> Outcome:
        return Outcome(
            timeout_seconds=None if timeout is None else timeout / SECOND,
            sessions=self.sessions,
            bounces=self.bounces,
            bounce_rate=self.bounces / self.sessions if self.sessions else None,
            time_on_site_seconds=self.on_site / SECOND,
        )


def what_if(log: Log, timeout: int, progress: Progress = silent) -> WhatIf:
    """Fold every customer's activity twice: as it was taken in, and as if under `timeout` (µs).

    Raises `InvalidTimeout`.
    """
    check_timeout(timeout)
    today, would_be = _Tally(), _Tally()
    for activity in log.activity():
        activities = sorted(filter(windows.is_activity, activity), key=lambda event: event.time)
        today.add(fold(activities))
        would_be.add(fold(_under(timeout, activities)))
        progress(len(activity))
    return WhatIf(today.outcome(None), would_be.outcome(timeout))


def _under(timeout: int, activity: Sequence[ActivityRecorded]) -> Iterable[ActivityRecorded]:
    return (msgspec.structs.replace(event, timeout=timeout) for event in activity)
