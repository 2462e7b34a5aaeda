"""What is kept of refused events: listed, forgotten, and held within bounds."""

from __future__ import annotations

from ...domain.errors import Reason
from ..ports.log import Log
from ..ports.vocabulary import Clock, RejectionPlace
from ..reading.answers import RejectionRow
from ..running.progress import Stopping, never
from ..running.retries import retried
from ..running.throttle import Throttle
from .rejections import describe_rejection

HELD_SECONDS = 60.0
"""The background job looks for what is too old at most once in this time."""


class KeptRejections:
    """The rejections of a store. Whoever forgets many does so in many transactions, so that nobody waits for long."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log, self._clock = log, clock
        self._holding = Throttle(HELD_SECONDS)

    def listed(
        self, reason: Reason | None, limit: int | None, after: RejectionPlace | None = None
    ) -> list[RejectionRow]:
        """Rejections, of one reason or of all, oldest first; those behind a place, if one is given."""
        number = 0 if after is None else after.number
        return [describe_rejection(one) for one in retried(self._log.rejections, reason, number, limit)]

    def forget(self, reason: Reason | None, before: int | None) -> int:
        """Forget rejections, of one reason or received before a moment (µs) where one is given; returns how many."""
        total = 0
        while gone := retried(self._log.forget_rejections, reason, before):
            total += gone
        return total

    def hold_bounds(self, stopping: Stopping = never) -> None:
        """Let go of what is too old or too much by now, every so often."""
        if self._holding.ready():
            while not stopping() and retried(self._log.let_rejections_go, self._clock()):
                pass
