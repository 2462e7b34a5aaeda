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
from sqlalchemy.engine import Connection

from ..application.ports.errors import AppendConflict
from .database.connections import driver
from .log.dialects.statements import LogRow
from .log.event_log import EventLog
from .log.tables import in_stream_of, log, streams

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
        query = sa.select(*_EVENT).where(in_stream_of(UUID(str(originator_id)))).limit(limit)
        query = query.where(log.c.version > gt) if gt is not None else query
        query = query.where(log.c.version <= lte) if lte is not None else query
        with self._log.database.read() as connection:
            rows = connection.execute(query.order_by(log.c.version.desc() if desc else log.c.version))
            return [StoredEvent(*row) for row in rows]

    def _insert(self, stored_events: Sequence[StoredEvent]) -> list[int]:
        if not stored_events:
            return []
        places = [(_originator(event), event.originator_version) for event in stored_events]
        try:
            with self._log.database.write() as connection:
                _append(self._log, connection, stored_events)
                positions = _positions(connection, places)
        except AppendConflict as error:
            raise IntegrityError(str(error)) from error
        return [positions[place] for place in places]


def _positions(connection: Connection, places: Sequence[tuple[UUID, int]]) -> dict[tuple[UUID, int], int]:
    numbers = sa.select(streams.c.stream).where(streams.c.customer.in_({origin for origin, _ in places}))
    query = sa.select(log.c.customer, log.c.version, log.c.position).where(
        log.c.stream.in_(numbers), log.c.version.in_({version for _, version in places})
    )
    return {(row.customer, row.version): row.position for row in connection.execute(query)}


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


def _append(log: EventLog, connection: Connection, stored: Sequence[StoredEvent]) -> None:
    raw, origins = driver(connection), [_originator(event) for event in stored]
    partitions = [log.partition_of(origin) for origin in origins]
    log.statements.lock(raw, sorted(set(partitions)))
    ids = log.statements.number(raw, set(origins))
    rows: list[LogRow] = [
        (at, ids[origin], origin, event.originator_version, event.topic, None, None, None, event.state)
        for at, origin, event in zip(partitions, origins, stored, strict=True)
    ]
    log.statements.append(raw, rows)


def _originator(event: StoredEvent) -> UUID:
    return event.originator_id if isinstance(event.originator_id, UUID) else UUID(event.originator_id)
