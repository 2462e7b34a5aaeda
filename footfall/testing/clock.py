"""A clock that a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..domain import moments
from ..domain.moments import SECOND

START = "2026-01-01T12:00:00Z"


class ManualClock:
    """Stands still until a test moves it, but for a microsecond at each reading, so that no two calls are at the same
    moment. It starts at a `datetime` (UTC where it has no offset), ISO 8601 text, or epoch milliseconds; `now` is the
    moment in µs since the epoch, UTC."""

    def __init__(self, start: datetime | str | int = START) -> None:
        self.now = moments.parse(start)

    def __call__(self) -> int:
        """The present moment in µs since the epoch, UTC."""
        self.now += 1
        return self.now

    def set(self, moment: datetime | str | int) -> None:
        """Move it to a moment, forwards or back."""
        self.now = moments.parse(moment)

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move it on by so much."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self.now += round(span.total_seconds() * SECOND)
