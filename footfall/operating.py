"""The engine's calls for whoever operates it: background jobs, views, rejections."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from .application.answers import RejectionRow
from .application.arguments import Duration, at_most, interval_of, reason_named
from .application.ingest import Result
from .application.long_work import Progress, silent
from .application.operation_answers import ParkedRow, StoreStatus, Verification
from .application.rejecting import describe_rejection
from .domain.errors import Reason

if TYPE_CHECKING:
    from .infrastructure.wiring import Parts


class Operating:
    """What keeps a store going."""

    _parts: Parts

    def start(self, every: Duration = timedelta(seconds=1)) -> None:
        """Start the background jobs: sessions that time out are ended, and the views kept up to date, at an interval.

        Any number of processes may do so. The jobs run in threads that do not keep the host alive.
        """
        self._parts.scheduler.start(interval_of(every))

    def stop(self) -> None:
        """Stop the background jobs; what is begun is finished, or left off at a whole step, within 10 seconds."""
        self._parts.scheduler.stop()

    def sweep(self) -> int:
        """End the sessions that have timed out by now, in this thread; returns how many."""
        return self._parts.sweep.sweep_all(self._parts.clock)

    def catch_up(self, progress: Progress = silent) -> int:
        """Bring every view to the head of the log; returns how many rows of the log were folded.

        Reads of views do this first on SQLite unless `fresh=False`; on PostgreSQL only with `fresh=True`.
        """
        return self._parts.views.catch_up(progress)

    def rebuild(self, view: str | None = None, progress: Progress = silent, *, workers: int = 1) -> list[str]:
        """Fill a view (or all) anew from the log while the old rows are read; returns the names.

        On PostgreSQL several worker processes may share it. They import the host's main module, which must therefore
        keep what it runs under `if __name__ == "__main__":`. Raises `InvalidArgument` for workers that are of no use,
        and `WorkerEnded` when one is killed; the old rows then stay.
        """
        return self._parts.views.rebuild(view, progress, workers)

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        return self._parts.views.verify(progress)

    def status(self) -> StoreStatus:
        """The log's head, every projection's position and lag, the background jobs, and parked customers."""
        return self._parts.status.read()

    def rejected(self, reason: Reason | str | None = None, *, limit: int | None = 1_000) -> list[RejectionRow]:
        """What was refused, oldest first; kept whole until a `redrive` finds that it is refused no longer."""
        kept = self._parts.log.rejections(None if reason is None else reason_named(reason), 0, at_most(limit))
        return [describe_rejection(one) for one in kept]

    def redrive(self, reason: Reason | str | None = None) -> list[Result]:
        """Hand rejections in again, as they came."""
        return self._parts.ingest.redrive(None if reason is None else reason_named(reason))

    def redrive_parked(self) -> list[tuple[ParkedRow, bool]]:
        """Take up parked customers where their views stopped; tells for each whether it is healed."""
        return self._parts.views.redrive()
