"""How the store fares: the log's head, how far the views are, the background jobs, who is waiting and who is parked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..application.ports.errors import EngineClosed
from ..application.ports.vocabulary import Clock
from ..application.reading.metrics import PoolMetrics, StoreMetrics
from ..application.reading.operation_answers import JobStatus, ProjectionStatus, SessionsDue, StoreStatus
from ..application.settings.known_settings import KnownSettings
from ..domain.errors import FootfallError
from ..domain.moments import SECOND, to_datetime_if_any
from ..projections.read_model import ReadModel
from .database.connections import driver
from .database.database import Database
from .log import rejection_bounds, rejection_rows
from .log.dialects.postgres_channel import CHANNEL
from .log.event_log import EventLog
from .log.tables import deadlines, jobs, log, parked
from .schema.prepare import NEWEST
from .views.projecting import checkpoints
from .views.projecting.parking import Parking, parked_row
from .views.tables import Slot

COUNTED_POSITIONS = 10_000
"""A lag is counted up to this distance; a longer one is reckoned from it, for counting would take ever longer."""


class StatusBoard:
    """Reads how a store fares."""

    def __init__(
        self,
        event_log: EventLog,
        views: Database,
        settings: KnownSettings,
        clock: Clock,
        models: Sequence[ReadModel],
    ) -> None:
        self._log, self._views, self._settings, self._clock, self._models = event_log, views, settings, clock, models
        self._parking = Parking(clock)

    def read(self) -> StoreStatus:
        """The log's head, every projection, the background jobs and whom they wait for, and every parked customer."""
        timeout, wakeups = self._settings.refresh().timeout, self._log.database.listener.told(CHANNEL)
        with self._views.read() as connection:
            heads = self._log.statements.heads(driver(connection))
            rejections = rejection_rows.status(connection)
            return StoreStatus(
                database=self._log.database.shown_url,
                connection=self._log.database.dialect.way(),
                wakeups=wakeups,
                partitions=self._log.partitions,
                session_timeout_seconds=timeout / SECOND,
                log_head=max(heads.values()),
                projections=_projections(connection, self._models, heads),
                jobs=[_job(row) for row in connection.execute(sa.select(jobs).order_by(jobs.c.job))],
                sessions_due=_sessions_due(connection, self._clock()),
                parked=[parked_row(one) for one in self._parking.all(connection)],
                rejected=rejections.kept,
                rejections=rejections,
            )

    def measured(self) -> StoreMetrics:
        """The same in figures: a read that costs the same however far the views are behind."""
        with self._views.read() as connection:
            heads = self._log.statements.heads(driver(connection))
            due = _sessions_due(connection, self._clock())
            return StoreMetrics(
                lag=_lags(connection, self._models, heads, self._log.partitions),
                sessions_due=due.customers,
                sessions_due_seconds=due.lag_seconds,
                parked=connection.scalar(sa.select(sa.func.count()).select_from(parked)) or 0,
                rejections_kept=rejection_bounds.count(connection),
            )

    def pool(self) -> PoolMetrics:
        """The connections of this process."""
        queue = self._log.database.queue
        return PoolMetrics(queue.taken, queue.permits, queue.waiting)

    def ready(self) -> bool:
        """Whether the store answers at once, and has the schema of this program. Raises `EngineClosed`."""
        try:
            return bool(self._log.database.glance("SELECT version_num FROM footfall.version") == NEWEST)
        except EngineClosed:
            raise
        except FootfallError:
            return False


def _lags(
    connection: Connection, models: Sequence[ReadModel], heads: Mapping[int, int], partitions: int
) -> dict[str, int]:
    # Partitions share one sequence of positions, and customers are spread over them evenly: so of the distance to the
    # last of all positions about every so manieth is a row of the partition. To its own last one it may be much
    # shorter: a transaction writes one partition after the other.
    cursors = checkpoints.read(connection, models, Slot.LIVE)
    unseen, last = cache(partial(_unseen, connection, heads)), max(heads.values())

    def lag(own: Mapping[int, int]) -> int:
        distance = sum(last - position for partition, position in own.items() if heads[partition] > position)
        if distance <= COUNTED_POSITIONS:
            return sum(unseen(*cursor) for cursor in own.items())
        return distance // partitions

    return {model.name: lag(cursors.get(model.name, {})) for model in models}


def _projections(
    connection: Connection, models: Sequence[ReadModel], heads: Mapping[int, int]
) -> list[ProjectionStatus]:
    unseen = cache(partial(_unseen, connection, heads))  # most views stand where others do
    cursors = checkpoints.read(connection, models, Slot.LIVE)
    return [
        ProjectionStatus(name, max(own.values(), default=0), sum(unseen(*cursor) for cursor in own.items()))
        for name, own in ((model.name, cursors.get(model.name, {})) for model in models)
    ]


def _unseen(connection: Connection, heads: Mapping[int, int], partition: int, position: int) -> int:
    # Up to the head, for of a range that is open at its end the planner expects a third of the log.
    after = sa.and_(log.c.position > position, log.c.position <= heads[partition])
    rows = sa.select(sa.func.count()).select_from(log).where(log.c.partition == partition, after)
    return (connection.scalar(rows) or 0) if heads[partition] > position else 0


def _job(row: Any) -> JobStatus:
    return JobStatus(row.job, to_datetime_if_any(row.succeeded_at), to_datetime_if_any(row.failed_at), row.error)


def _sessions_due(connection: Connection, now: int) -> SessionsDue:
    waiting = sa.select(sa.func.count(), sa.func.min(deadlines.c.due_at)).where(deadlines.c.due_at < now)
    customers, oldest = connection.execute(waiting).one()
    return SessionsDue(customers, to_datetime_if_any(oldest), 0.0 if oldest is None else (now - oldest) / SECOND)
