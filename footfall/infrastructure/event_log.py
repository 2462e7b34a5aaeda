"""The event log: the `Log` port on a database, whichever its dialect."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import Notification, StoredEvent
from sqlalchemy.engine import Connection

from ..application.ports import CATALOGUE_PARTITION, FollowedEvent, Rejection, TimelineEvent, Wanted
from ..domain.customer import NOBODY, Customer
from ..domain.errors import Reason
from ..domain.events import (
    ActionDefined,
    ActionRemoved,
    ActivityRecorded,
    CatalogueEvent,
    CustomerEvent,
    Recorded,
    SessionTimeoutSet,
)
from . import log_reading, rejection_rows
from .codec import MessagePackMapper, decode
from .connections import driver
from .database import Database
from .log_postgres import PostgresLog
from .log_sqlite import SqliteLog
from .log_statements import LogRow, LogStatements
from .log_transaction import LogTransaction, SweepTransaction
from .streams import Streams
from .tables import in_stream_of, log

_CATALOGUE_TOPICS = frozenset({ActionDefined.topic, ActionRemoved.topic, SessionTimeoutSet.topic})


class EventLog:
    """All streams of a store: customers' in partitions chosen by their uuid, the catalogue's in one of its own."""

    def __init__(self, database: Database, partitions: int) -> None:
        self.database = database
        self.partitions = partitions
        self.mapper = MessagePackMapper()
        self.statements: LogStatements = (
            PostgresLog(partitions, database.schema) if database.is_postgres else SqliteLog()
        )
        self._streams = Streams(self.statements, partitions)

    def partition_of(self, stream: UUID) -> int:
        """The partition that holds a customer's stream."""
        return self._streams.partition_of(stream)

    @contextmanager
    def transaction(self, customers: Collection[UUID]) -> Iterator[LogTransaction]:
        """Begin an append; commits on leaving, rolls back on an exception."""
        partitions = sorted({self.partition_of(customer) for customer in customers})
        with self.database.write() as connection:
            transaction = LogTransaction(self._streams, connection, partitions)
            yield transaction
        # Only now: had the transaction failed, its new numbers might be given to other streams.
        self._streams.numbers.learn(transaction.new_numbers)

    def partitions_due(self, now: int) -> list[int]:
        """The partitions of customers of whom a session may have ended before `now` (µs)."""
        with self.database.read() as connection:
            return self.statements.due.partitions(driver(connection), now)

    @contextmanager
    def sweep(self, partition: int) -> Iterator[SweepTransaction]:
        """Begin to end sessions in a partition; commits on leaving, rolls back on an exception."""
        with self.database.write() as connection:
            yield SweepTransaction(self._streams, connection, partition)

    def state(self, customer: UUID) -> Customer:
        """A customer's state as the stream has it now."""
        with self.database.read() as connection:
            return self._streams.states(connection, [customer]).get(customer, NOBODY)

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream, in its order."""
        with self.database.read() as connection:
            return self._streams.history(connection, customer)

    def timeline(self, customer: UUID, limit: int | None) -> list[TimelineEvent]:
        """A customer's activity events and announcements, the newest by event time first."""
        query = (
            sa.select(log.c.topic, log.c.state)
            .where(log.c.partition == self.partition_of(customer), in_stream_of(customer))
            .where(log.c.action.is_not(None))
            .order_by(log.c.time.desc(), log.c.version.desc())
            .limit(limit)
        )
        with self.database.read() as connection:
            return [decode(row.topic, row.state) for row in connection.execute(query)]

    def activity(self) -> Iterator[list[ActivityRecorded]]:
        """The activity events of every customer, one customer after the other."""
        for partition in range(self.partitions):
            with self.database.read() as connection:
                yield from log_reading.activity(connection, partition)

    def positions(self) -> dict[int, int]:
        """The last position of every customers' partition."""
        with self.database.read() as connection:
            return self._positions(connection)

    def follow(self, after: Mapping[int, int], wanted: Wanted) -> tuple[list[FollowedEvent], Mapping[int, int]]:
        """Some of what was committed after a position in each partition, and the positions up to which it was read."""
        with self.database.read() as connection:
            return log_reading.follow(connection, after, self._positions(connection), wanted)

    def _positions(self, connection: Connection) -> dict[int, int]:
        heads = self.statements.heads(driver(connection))
        return {partition: heads[partition] for partition in range(self.partitions)}

    def catalogue(self) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        """The catalogue's head position and its events in order."""
        columns = (log.c.customer, log.c.version, log.c.topic, log.c.state, log.c.position)
        query = sa.select(*columns).where(log.c.partition == CATALOGUE_PARTITION).order_by(log.c.position)
        with self.database.read() as connection:
            notifications = [Notification(*row) for row in connection.execute(query)]
        head = notifications[-1].id if notifications else 0
        return head, [self.mapper.to_domain_event(notification) for notification in notifications]

    def define(self, events: Sequence[Recorded[CatalogueEvent]]) -> None:
        """Append to the catalogue. Raises `AppendConflict` when another process was first."""
        stored = [self.mapper.to_stored_event(event) for event in events]
        with self.database.write() as connection:
            self.insert(connection, stored)

    def insert(self, connection: Connection, stored: Sequence[StoredEvent]) -> None:
        """Append events in the `eventsourcing` library's form, which has neither event id nor time."""
        raw, origins = driver(connection), [originator(event) for event in stored]
        partitions = [
            CATALOGUE_PARTITION if event.topic in _CATALOGUE_TOPICS else self.partition_of(origin)
            for event, origin in zip(stored, origins, strict=True)
        ]
        self.statements.lock(raw, sorted(set(partitions)))
        numbers = self.statements.number(raw, set(origins))
        rows: list[LogRow] = [
            (at, numbers[origin], origin, event.originator_version, event.topic, None, None, None, event.state)
            for at, origin, event in zip(partitions, origins, stored, strict=True)
        ]
        self.statements.append(raw, rows)

    def rejections(self, reason: Reason | None, after: int, limit: int | None) -> list[Rejection]:
        """What is kept, oldest first, from the one after number `after`."""
        with self.database.read() as connection:
            return rejection_rows.select(connection, reason, after, limit)


def originator(event: StoredEvent) -> UUID:
    """The uuid of a stored event's stream, which the library also lets be text."""
    return event.originator_id if isinstance(event.originator_id, UUID) else UUID(event.originator_id)
