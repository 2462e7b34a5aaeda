"""The views on a database: the `Views` port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.engine import Connection

from ..application.answers import (
    PageRow,
    PageVisit,
    ProfileRow,
    Stats,
)
from ..application.long_work import Progress, Stopping, never, silent
from ..application.operation_answers import ParkedRow, Verification
from ..application.ports import Clock
from ..application.retries import retried
from ..application.session_answers import Selection, SessionRow, SessionSummary
from ..domain.errors import FootfallError
from ..projections import PAGE_VISITS, PROFILES, READ_MODELS, SESSIONS
from ..projections.read_model import ReadModel
from . import session_queries, view_queries
from .event_log import EventLog
from .projector import Projector
from .replays import Replays
from .store_status import parked_row, rejected

_T = TypeVar("_T")


class UnknownView(FootfallError):
    """There is no view of that name."""


class DatabaseViews:
    """All views of a store. On SQLite a read catches up first; on PostgreSQL it does so when asked to."""

    def __init__(
        self, event_log: EventLog, clock: Clock, models: Sequence[ReadModel] = READ_MODELS, first_turn: int = 0
    ) -> None:
        self._database, self._clock, self._models = event_log.database, clock, models
        self._projector = Projector(event_log, clock, first_turn)
        self._replays = Replays(event_log, self._projector)
        self._replays.ensure(models)

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log, or on until `stopping`; returns how many rows were folded.

        What other processes are folding is waited for, or with `wait` off left to them.
        """
        return self._projector.catch_up(self._models, progress=progress, stopping=stopping, wait=wait)

    def rebuild(self, view: str | None, progress: Progress = silent, workers: int = 1) -> list[str]:
        """Fill a view (or all) anew from the log and put it in place; returns the names."""
        chosen = [model for model in self._models if view in (None, model.name)]
        if not chosen:
            known = ", ".join(model.name for model in self._models)
            raise UnknownView(f"there is no view {view!r}; there are {known}")
        self._replays.rebuild(chosen, progress, workers)
        return [model.name for model in chosen]

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        self.catch_up()
        comparisons = self._replays.compare(self._models, progress)
        with self._database.read() as connection:
            parked = self._parked(connection)
        ok = not parked and not any(comparison.differing for comparison in comparisons)
        return Verification(ok, comparisons, parked)

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""
        return [(parked_row(one), healed) for one, healed in self._replays.redrive(self._models)]

    def page_visits(self, customer: UUID, limit: int | None, fresh: bool | None) -> list[PageVisit]:
        """A customer's page visits, the newest first."""
        return self._read(fresh, lambda connection: view_queries.page_visits(connection, customer, limit))

    def sessions(self, which: Selection, limit: int | None, fresh: bool | None) -> list[SessionRow]:
        """Sessions, the newest first."""
        now = self._clock()
        return self._read(fresh, lambda connection: session_queries.sessions(connection, which, now, limit))

    def session(self, session_id: UUID, fresh: bool | None) -> SessionRow | None:
        """The session that was once announced under this id, as it now is; None if there never was one."""
        now = self._clock()

        def query(connection: Connection) -> SessionRow | None:
            return session_queries.session_of(connection, session_id, now)

        # It may be unknown only because one view is ahead of another, as it is after the rebuild of one.
        return self._read(fresh, query) or self._read(True, query)

    def session_summary(self, which: Selection, fresh: bool | None) -> SessionSummary:
        """Figures over sessions."""
        now = self._clock()
        return self._read(fresh, lambda connection: session_queries.summary(connection, which, now), SESSIONS)

    def pages(self, limit: int | None, fresh: bool | None) -> list[PageRow]:
        """The pages visited most."""
        return self._read(fresh, lambda connection: view_queries.pages(connection, limit), PAGE_VISITS, SESSIONS)

    def profiles(self, attributes: Mapping[str, Any], limit: int | None, fresh: bool | None) -> list[ProfileRow]:
        """Customers with these attributes, the last seen first."""
        return self._read(fresh, lambda connection: view_queries.profiles(connection, attributes, limit))

    def stats(self, fresh: bool | None) -> Stats:
        """Counts over the whole store."""

        def count(connection: Connection) -> Stats:
            totals = view_queries.totals(connection)
            return Stats(
                events=totals["events"],
                customers=totals["profiles"],
                page_visits=totals["page_visits"],
                sessions=totals["sessions"],
                rejected=rejected(connection),
            )

        return self._read(fresh, count, PAGE_VISITS, SESSIONS, PROFILES)

    def _read(self, fresh: bool | None, query: Callable[[Connection], _T], *at_one_moment: ReadModel) -> _T:
        if fresh or (fresh is None and not self._database.is_postgres):
            self.catch_up()

        def once() -> _T:
            with self._database.read([model.name for model in at_one_moment]) as connection:
                return query(connection)

        return retried(once)

    def _parked(self, connection: Connection) -> list[ParkedRow]:
        return [parked_row(one) for one in self._projector.parking.all(connection)]
