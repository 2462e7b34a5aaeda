"""The events of a host's own applications: kept in the same store, in tables that nothing of customers reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from ...application.ports.errors import AppendConflict
from ...application.running.throttle import Throttle
from ..database.database import Database
from .dialects.postgres_channel import NOTIFY, NOTIFY_SECONDS
from .numbered import NumberedEvent
from .tables import application_events, application_sequences, application_tracking

_EVENT = tuple(application_events.c[name] for name in ("originator", "is_uuid", "version", "topic", "state", "number"))


class ApplicationEvents:
    """What applications keep, by the application's name and by what for: `events`, or `snapshots`. Each of these
    sequences has numbers and streams of its own."""

    def __init__(self, database: Database, application: str, purpose: str = "events") -> None:
        self.database, self.application, self.purpose = database, application, purpose
        self._insert = database.dialect.pick(sqlite=sqlite.insert, postgres=postgresql.insert)
        self._notify = database.dialect.pick(sqlite=None, postgres=NOTIFY)
        self._notifying = Throttle(NOTIFY_SECONDS)
        self._sequence = (
            sa.select(application_sequences.c.sequence)
            .where(application_sequences.c.application == application, application_sequences.c.purpose == purpose)
            .scalar_subquery()
        )

    def append(self, connection: Connection, events: Sequence[NumberedEvent]) -> list[int]:
        """Write events; returns their numbers. Other writers of the sequence wait until the transaction ends. Raises
        `AppendConflict` for a version that is there already."""
        if not events:
            return []
        sequence, last = self._take(connection, len(events))
        numbers = list(range(last - len(events) + 1, last + 1))
        rows = [_row(sequence, number, event) for number, event in zip(numbers, events, strict=True)]
        connection.execute(application_events.insert(), rows)
        if self._notify is not None and self._notifying.ready():
            connection.exec_driver_sql(self._notify)
        return numbers

    def stream(
        self, originator: UUID | str, gt: int | None, lte: int | None, limit: int | None, *, desc: bool
    ) -> list[NumberedEvent]:
        """A stream in the order of its versions, or some of it."""
        version = application_events.c.version
        query = self._query().where(application_events.c.originator == str(originator))
        query = query.where(application_events.c.is_uuid.is_(isinstance(originator, UUID)))
        query = query.where(version > gt) if gt is not None else query
        query = query.where(version <= lte) if lte is not None else query
        return self._read(query.order_by(version.desc() if desc else version).limit(limit))

    def settled(self, known: int) -> int:
        """The last number, 0 where there is none; all before it are there."""
        last = sa.select(application_sequences.c.last).where(application_sequences.c.sequence == self._sequence)
        with self.database.read() as connection:
            return max(known, connection.scalar(last) or 0)

    def last(self) -> int | None:
        """The last number, None where there is none."""
        return self.settled(0) or None

    def window(self, after: int, upto: int, limit: int, topics: Sequence[str]) -> list[NumberedEvent]:
        """Events by number, after one and up to another."""
        number = application_events.c.number
        query = self._query().where(number > after, number <= upto)
        query = query.where(application_events.c.topic.in_(topics)) if topics else query
        return self._read(query.order_by(number).limit(limit))

    def track(self, connection: Connection, upstream: str, number: int) -> None:
        """Record how far another sequence was worked through. Raises `AppendConflict` where it was as far already."""
        row = {"application": self.application, "upstream": upstream, "number": number}
        upsert = self._insert(application_tracking).values(row)
        moved = upsert.on_conflict_do_update(
            index_elements=["application", "upstream"],
            set_={"number": upsert.excluded.number},
            where=application_tracking.c.number < upsert.excluded.number,
        ).returning(application_tracking.c.number)
        if connection.execute(moved).first() is None:
            raise AppendConflict(f"{self.application!r} has worked through event {number} of {upstream!r} already")

    def tracked(self, upstream: str) -> int | None:
        """How far another sequence was worked through, None if not at all."""
        query = sa.select(application_tracking.c.number).where(
            application_tracking.c.application == self.application, application_tracking.c.upstream == upstream
        )
        with self.database.read() as connection:
            found: int | None = connection.scalar(query)
        return found

    def _take(self, connection: Connection, count: int) -> tuple[int, int]:
        row = {"application": self.application, "purpose": self.purpose, "last": count}
        upsert = self._insert(application_sequences).values(row)
        taken = upsert.on_conflict_do_update(
            index_elements=["application", "purpose"],
            set_={"last": application_sequences.c.last + upsert.excluded.last},
        ).returning(application_sequences.c.sequence, application_sequences.c.last)
        sequence, last = connection.execute(taken).one()
        return sequence, last

    def _query(self) -> sa.Select[Any]:
        return sa.select(*_EVENT).where(application_events.c.sequence == self._sequence)

    def _read(self, query: sa.Select[Any]) -> list[NumberedEvent]:
        with self.database.read() as connection:
            return [
                NumberedEvent(UUID(originator) if is_uuid else originator, *rest)
                for originator, is_uuid, *rest in connection.execute(query)
            ]


def _row(sequence: int, number: int, event: NumberedEvent) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "number": number,
        "originator": str(event.originator),
        "is_uuid": isinstance(event.originator, UUID),
        "version": event.version,
        "topic": event.topic,
        "state": event.state,
    }
