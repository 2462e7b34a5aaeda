"""The views of a store: brought up to date, read, rebuilt, verified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.engine import Connection

from ...application.ports.vocabulary import Clock
from ...application.reading.operation_answers import ParkedRow, Verification
from ...application.running.progress import Progress, Stopping, never, silent
from ...application.running.retries import retried
from ...projections.read_model import ReadModel, find_model
from ..log.event_log import EventLog
from .projecting.parking import parked_row
from .projecting.projector import Projector
from .rebuilding.rebuild import Rebuild
from .rebuilding.redrive import Redrive
from .rebuilding.verify import Verify

_T = TypeVar("_T")
_P = ParamSpec("_P")


class Views:
    """All views of a store. On SQLite a read catches up first; on PostgreSQL it does so when asked to."""

    def __init__(self, event_log: EventLog, clock: Clock, models: Sequence[ReadModel], start_offset: int = 0) -> None:
        self._database, self._models = event_log.database, models
        self._projector = Projector(event_log, clock, start_offset)
        self._rebuild = Rebuild(event_log, self._projector)
        self._verify = Verify(event_log, self._projector)
        self._redrive = Redrive(event_log, self._projector)

    def model(self, name: str) -> ReadModel:
        """The read model of a view. Raises `UnknownView`."""
        return find_model(self._models, name)

    def ensure(self) -> None:
        """Create the views that are not there yet, empty."""
        self._rebuild.ensure(self._models)

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log, or on until `stopping`; returns how many rows were folded.

        What other processes are folding is waited for, or with `wait` off left to them.
        """
        return self._projector.catch_up(self._models, progress=progress, stopping=stopping, wait=wait)

    def read(
        self,
        fresh: bool | None,
        query: Callable[Concatenate[Connection, _P], _T],
        *arguments: _P.args,
        **named: _P.kwargs,
    ) -> _T:
        """Ask the views something with one statement; `fresh`: whether to catch up first."""
        return self.read_together(fresh, (), query, *arguments, **named)

    def read_together(
        self,
        fresh: bool | None,
        together: Sequence[ReadModel],
        query: Callable[Concatenate[Connection, _P], _T],
        *arguments: _P.args,
        **named: _P.kwargs,
    ) -> _T:
        """The same with several statements, which see these views at one moment."""
        if self._database.dialect.one_writer if fresh is None else fresh:
            self.catch_up()
        names = [model.name for model in together]

        def ask() -> _T:
            with self._database.read(names) as connection:
                return query(connection, *arguments, **named)

        return retried(ask)

    def rebuild(self, view: str | None, progress: Progress = silent, workers: int = 1) -> list[str]:
        """Fill a view (or all) anew from the log and put it in place; returns the names. Raises `UnknownView`."""
        chosen = self._models if view is None else [self.model(view)]
        self._rebuild.rebuild(chosen, progress, workers)
        return [model.name for model in chosen]

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        self.catch_up()
        comparisons = self._verify.compare(self._models, progress)
        with self._database.read() as connection:
            parked = [parked_row(one) for one in self._projector.parking.all(connection)]
        ok = not parked and not any(comparison.differing for comparison in comparisons)
        return Verification(ok, comparisons, parked)

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""
        return [(parked_row(one), healed) for one, healed in self._redrive.redrive(self._models)]
