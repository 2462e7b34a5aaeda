"""The log as the `eventsourcing` library's recorders, for whatever speaks that library's vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    StoredEvent,
    Subscription,
)

from ..application.ports import AppendConflict
from .database import driver
from .event_log import EventLog
from .tables import log

_EVENT = (log.c.customer, log.c.version, log.c.topic, log.c.state)


class StreamRecorder(AggregateRecorder):
    """Writes and reads streams. Raises the library's `IntegrityError` for a version that is there already."""

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Write stored events in one transaction."""
        self._insert(stored_events)
        return None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read a stream, or versions of it above `gt` up to `lte`."""
        query = sa.select(*_EVENT).where(log.c.customer == originator_id).limit(limit)
        query = query.where(log.c.version > gt) if gt is not None else query
        query = query.where(log.c.version <= lte) if lte is not None else query
        with self._log.database.read() as connection:
            rows = connection.execute(query.order_by(log.c.version.desc() if desc else log.c.version))
            return [StoredEvent(*row) for row in rows]

    def _insert(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        rows = [self._log.stored_row(event) for event in stored_events]
        statements = self._log.statements
        try:
            with self._log.database.write() as connection:
                statements.lock(driver(connection), sorted({row.partition for row in rows}))
                statements.append(driver(connection), rows)
                placed = sa.select(log.c.customer, log.c.version, log.c.position).where(
                    log.c.customer.in_({row.customer for row in rows}),
                    log.c.version.in_({row.version for row in rows}),
                )
                places = {(row.customer, row.version): row.position for row in connection.execute(placed)}
        except AppendConflict as error:
            raise IntegrityError(str(error)) from error
        return [places[row.customer, row.version] for row in rows]


class LogRecorder(StreamRecorder, ApplicationRecorder):
    """Reads the log as one sequence of notifications, too."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Write stored events in one transaction; returns their positions."""
        return self._insert(stored_events)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read by position over all partitions."""
        query = sa.select(*_EVENT, log.c.position).order_by(log.c.position).limit(limit)
        if start is not None:
            query = query.where(log.c.position >= start if inclusive_of_start else log.c.position > start)
        query = query.where(log.c.position <= stop) if stop is not None else query
        query = query.where(log.c.topic.in_(topics)) if topics else query
        with self._log.database.read() as connection:
            return [Notification(*row) for row in connection.execute(query)]

    def max_notification_id(self) -> int | None:
        """The log's last position, None when it is empty."""
        with self._log.database.read() as connection:
            last: int | None = connection.scalar(sa.select(sa.func.max(log.c.position)))
        return last

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """Refused: one cursor over several partitions skips events that commit out of the order of positions."""
        raise NotImplementedError("follow the log with a cursor for each partition, as the projector does")
