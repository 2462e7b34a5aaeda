"""How the store fares: the log's head, how far the views are, the background jobs, who is waiting and who is parked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..application.ports.vocabulary import Clock
from ..application.reading.operation_answers import JobStatus, ProjectionStatus, SessionsDue, StoreStatus
from ..application.settings.known_settings import KnownSettings
from ..domain.moments import SECOND, iso_if_any
from ..projections.read_model import ReadModel
from .log.event_log import EventLog
from .log.rejection_rows import count_rejections
from .log.tables import checkpoints, deadlines, jobs, log
from .views.projecting.parking import Parking, parked_row


class StatusBoard:
    """Reads how a store fares."""

    def __init__(self, event_log: EventLog, settings: KnownSettings, clock: Clock, models: Sequence[ReadModel]) -> None:
        self._log, self._settings, self._clock, self._models = event_log, settings, clock, models
        self._parking = Parking(clock)

    def read(self) -> StoreStatus:
        """The log's head, every projection, the background jobs and whom they wait for, and every parked customer."""
        settings = self._settings.refresh()
        with self._log.database.read() as connection:
            return StoreStatus(
                database=self._log.database.shown_url,
                partitions=self._log.partitions,
                session_timeout_seconds=settings.timeout / SECOND,
                log_head=connection.scalar(sa.select(sa.func.coalesce(sa.func.max(log.c.position), 0))) or 0,
                projections=_projections(connection, self._models),
                jobs=[_job(row) for row in connection.execute(sa.select(jobs).order_by(jobs.c.job))],
                sessions_due=_sessions_due(connection, self._clock()),
                parked=[parked_row(one) for one in self._parking.all(connection)],
                rejected=count_rejections(connection),
            )


def _projections(connection: Connection, models: Sequence[ReadModel]) -> list[ProjectionStatus]:
    unseen = sa.and_(log.c.partition == checkpoints.c.partition, log.c.position > checkpoints.c.position)
    query = (
        sa.select(checkpoints.c.projection, sa.func.max(checkpoints.c.position), sa.func.count(log.c.position))
        .select_from(checkpoints.outerjoin(log, unseen))
        .where(checkpoints.c.projection.in_([model.name for model in models]))
        .group_by(checkpoints.c.projection)
    )
    found = {projection: ProjectionStatus(projection, *figures) for projection, *figures in connection.execute(query)}
    return [found.get(model.name, ProjectionStatus(model.name, 0, 0)) for model in models]


def _job(row: Any) -> JobStatus:
    return JobStatus(row.job, iso_if_any(row.succeeded_at), iso_if_any(row.failed_at), row.error)


def _sessions_due(connection: Connection, now: int) -> SessionsDue:
    waiting = sa.select(sa.func.count(), sa.func.min(deadlines.c.due_at)).where(deadlines.c.due_at < now)
    customers, oldest = connection.execute(waiting).one()
    return SessionsDue(customers, iso_if_any(oldest), 0.0 if oldest is None else (now - oldest) / SECOND)
