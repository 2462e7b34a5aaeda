"""The views on a database: the `Views` port."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..application.answers import (
    PageRow,
    PageVisit,
    ParkedRow,
    ProfileRow,
    ProjectionStatus,
    SessionRow,
    Stats,
    StoreStatus,
    Verification,
)
from ..application.ports import Clock, Progress, silent
from ..domain.errors import FootfallError
from ..domain.moments import SECOND, iso
from ..projections import READ_MODELS
from ..projections.read_model import ReadModel
from . import view_queries
from .event_log import EventLog
from .parking import ParkedCustomer
from .projector import Projector
from .replays import Replays
from .tables import checkpoints, log, rejections

_T = TypeVar("_T")


class UnknownView(FootfallError):
    """There is no view of that name."""


class DatabaseViews:
    """All views of a store. On SQLite a read catches up first; on PostgreSQL it does so when asked to."""

    def __init__(
        self, event_log: EventLog, timeout: int, clock: Clock, models: Sequence[ReadModel] = READ_MODELS
    ) -> None:
        self._log, self._database = event_log, event_log.database
        self._timeout, self._clock, self._models = timeout, clock, models
        self._projector = Projector(event_log, timeout, clock)
        self._replays = Replays(event_log, self._projector)
        self._replays.ensure(models)

    def catch_up(self, progress: Progress = silent) -> int:
        """Bring every view to the head of the log; returns how many rows of the log were folded."""
        return self._projector.catch_up(self._models, progress=progress)

    def rebuild(self, view: str | None, progress: Progress = silent) -> list[str]:
        """Fill a view (or all) anew from the log and put it in place; returns the names."""
        chosen = [model for model in self._models if view in (None, model.name)]
        if not chosen:
            known = ", ".join(model.name for model in self._models)
            raise UnknownView(f"there is no view {view!r}; there are {known}")
        for model in chosen:
            self._replays.rebuild(model, progress)
        return [model.name for model in chosen]

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""
        self.catch_up()
        comparisons = [self._replays.compare(model, progress) for model in self._models]
        with self._database.read() as connection:
            parked = self._parked(connection)
        ok = not parked and not any(comparison.differing for comparison in comparisons)
        return Verification(ok, comparisons, parked)

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""
        return [(_parked_row(one), healed) for one, healed in self._replays.redrive(self._models)]

    def page_visits(self, customer: UUID, limit: int | None, fresh: bool | None) -> list[PageVisit]:
        """A customer's page visits, the newest first."""
        return self._read(fresh, lambda connection: view_queries.page_visits(connection, customer, limit))

    def sessions(self, customer: UUID, limit: int | None, fresh: bool | None) -> list[SessionRow]:
        """A customer's sessions, the newest first."""
        now = self._clock()
        return self._read(fresh, lambda connection: view_queries.sessions(connection, customer, now, limit))

    def pages(self, limit: int | None, fresh: bool | None) -> list[PageRow]:
        """The pages visited most."""
        return self._read(fresh, lambda connection: view_queries.pages(connection, limit))

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
                rejected=_rejected(connection),
            )

        return self._read(fresh, count)

    def status(self) -> StoreStatus:
        """The log's head, every projection and every parked customer."""
        with self._database.read() as connection:
            return StoreStatus(
                database=self._database.shown_url,
                partitions=self._log.partitions,
                session_timeout_seconds=self._timeout / SECOND,
                log_head=connection.scalar(sa.select(sa.func.coalesce(sa.func.max(log.c.position), 0))) or 0,
                projections=[_projection(connection, model) for model in self._models],
                parked=self._parked(connection),
                rejected=_rejected(connection),
            )

    def _read(self, fresh: bool | None, query: Callable[[Connection], _T]) -> _T:
        if fresh or (fresh is None and not self._database.is_postgres):
            self.catch_up()
        with self._database.read() as connection:
            return query(connection)

    def _parked(self, connection: Connection) -> list[ParkedRow]:
        return [_parked_row(one) for one in self._projector.parking.all(connection)]


def _parked_row(one: ParkedCustomer) -> ParkedRow:
    return ParkedRow(one.projection, str(one.customer), one.position, iso(one.parked_at), one.error)


def _rejected(connection: Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(rejections)) or 0


def _projection(connection: Connection, model: ReadModel) -> ProjectionStatus:
    own = checkpoints.c.projection == model.name
    unseen = sa.and_(log.c.partition == checkpoints.c.partition, log.c.position > checkpoints.c.position)
    lag = sa.select(sa.func.count(log.c.position)).select_from(checkpoints).join(log, unseen).where(own)
    position = sa.select(sa.func.coalesce(sa.func.max(checkpoints.c.position), 0)).where(own)
    return ProjectionStatus(model.name, connection.scalar(position) or 0, connection.scalar(lag) or 0)
