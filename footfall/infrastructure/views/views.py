"""The views of a store: made, brought up to date, asked, rebuilt, verified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...application.reading.operation_answers import ParkedRow, Verification
from ...application.running.progress import Progress, Stopping, never, silent
from ...application.running.retries import retried
from ...application.running.tracing import UNTRACED, Untraced, told_of_read, told_of_rebuild
from ...projections.read_model import Answer, Query, ReadModel, find_model
from ..log.event_log import EventLog
from .own_file import make_file_ready
from .projecting.parking import parked_row
from .projecting.projector import Projector
from .queries import answer
from .rebuilding.rebuild import Rebuild
from .rebuilding.redrive import Redrive
from .rebuilding.verify import Verify


class Views:
    """All views of a store."""

    def __init__(
        self,
        event_log: EventLog,
        projector: Projector,
        models: Sequence[ReadModel],
        tracing: Untraced = UNTRACED,
    ) -> None:
        self._database, self._projector, self._models = event_log.database, projector, models
        self._rebuild = Rebuild(event_log, projector)
        self._refill = tracing.around("footfall.rebuild", self._rebuild.rebuild, told_of_rebuild)
        self._asked = tracing.around("footfall.read", self._ask, told_of_read)
        self._verify = Verify(event_log)
        self._redrive = Redrive(event_log, projector)

    def model(self, name: str) -> ReadModel:
        """The read model of a view. Raises `UnknownView`."""
        return find_model(self._models, name)

    def ask(self, query: Query[Answer], fresh: bool | None) -> Answer:
        """The answer to a question; `fresh`: whether to catch up first, None: on SQLite only."""
        found: Answer = self._asked(query, fresh)
        return found

    def _ask(self, query: Query[Any], fresh: bool | None) -> Any:
        if self._database.dialect.one_writer if fresh is None else fresh:
            for _ in self._projector.steps():
                pass

        def ask() -> Any:
            with self._database.read(query.together) as connection:
                return answer(query, connection)

        return retried(ask)

    def ensure(self, *, migrate: bool = True) -> None:
        """Create the views that are not there yet, empty. Raises `NameTaken`; without `migrate`, `MigrationNeeded`."""

        def make() -> None:
            make_file_ready(self._database, migrate=migrate)
            self._rebuild.ensure(self._models, migrate=migrate)

        self._database.keep_ready(make)

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log, or on until `stopping`; returns how many rows were folded.

        What other processes are folding is waited for, or with `wait` off left to them.
        """
        total, steps = 0, self._projector.steps(wait=wait)
        while not stopping() and (taken := next(steps, None)) is not None:
            total += taken
            progress(taken)
        return total

    def rebuild(
        self, view: str | None, progress: Progress = silent, workers: int = 1, *, fork: bool = False
    ) -> list[str]:
        """Fill a view (or all) anew from the log and put it in place; returns the names. Raises `UnknownView`."""
        chosen = self._models if view is None else [self.model(view)]
        self._refill(chosen, progress, workers, fork=fork)
        return [model.name for model in chosen]

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        self.catch_up()
        comparisons = self._verify.compare(self._models, progress)
        with self._database.read() as connection:
            waiting = self._projector.parking.all(connection)
        own = {model.name for model in self._models}
        parked = [parked_row(one) for one in waiting if one.projection in own]
        ok = not parked and not any(comparison.differing for comparison in comparisons)
        return Verification(ok, comparisons, parked)

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""
        return [(parked_row(one), healed) for one, healed in self._redrive.redrive(self._models)]
