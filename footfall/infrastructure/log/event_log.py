"""The event log: the `Log` port on a database, whichever its dialect."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from functools import partial
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.following import EventFilter, FollowedEvent
from ...application.ports.log import CATALOGUE_PARTITION, Suppose
from ...application.ports.vocabulary import DEFAULT_BOUNDS, Rejection, RejectionBounds, TimelineEvent
from ...domain.customer import INITIAL, Customer
from ...domain.errors import Reason
from ...domain.events import (
    ActivityRecorded,
    CatalogueEvent,
    CustomerEvent,
    Recorded,
)
from ..database.connections import driver
from ..database.database import Database
from . import following, rejection_bounds, rejection_rows, scans
from .append_at_once import AppendAtOnce
from .codec import decode, encode
from .dialects.postgres import PostgresLog
from .dialects.postgres_channel import NOTIFY_SECONDS
from .dialects.sqlite import SqliteLog
from .dialects.statements import LogRow, LogStatements
from .hand_over import HandOver
from .streams import StreamStore
from .sweep_transaction import SweepTransaction
from .tables import log
from .transaction import LogTransaction, Means


class EventLog:
    """All streams of a store: customers' in partitions chosen by their uuid, the catalogue's in one of its own."""

    def __init__(self, database: Database, partitions: int, rejection_bounds: RejectionBounds = DEFAULT_BOUNDS) -> None:
        self.database, self._bounds = database, rejection_bounds
        self.partitions = partitions
        self.statements = _statements(database, partitions, NOTIFY_SECONDS)
        self._streams = StreamStore(self.statements, partitions)
        self.partition_of = self._streams.partition_of  # not in a method of its own: it is asked several times an event
        self.hand_over = HandOver(self.partition_of)
        self._means = Means(self._streams, database, rejection_bounds, self.hand_over)

    def within(self, lent: Database) -> EventLog:
        """The log as a host's own transaction sees it, by a database of which the host lends a connection."""
        inside = copy(self)
        inside.database = lent
        # Whoever is woken now may be looking before the host commits, so that each transaction has to wake.
        inside.statements = _statements(lent, self.partitions, notify_seconds=0)
        inside._streams = self._streams.within(inside.statements)
        inside._means = Means(inside._streams, lent, self._bounds, hand_over=None)
        return inside

    def read_by(self, database: Database) -> EventLog:
        """The log as another database reads it, which keeps what is folded from it."""
        seen = copy(self)
        seen.database = database
        return seen

    def transaction(
        self, customers: Collection[UUID], suppose: Suppose = lambda: None
    ) -> AbstractContextManager[LogTransaction]:
        """Begin an append; commits on leaving, rolls back on an exception."""
        partitions = sorted({self.partition_of(customer) for customer in customers})
        at_once = self.statements.at_once
        if at_once is not None and (supposed := suppose()) is not None:
            return AppendAtOnce(self._means, partitions, customers, supposed, at_once)
        return LogTransaction(self._means, partitions)

    def overdue_partitions(self, now: int) -> list[int]:
        """The partitions of customers whose deadline lies before `now` (µs)."""
        with self.database.read() as connection:
            return self.statements.deadlines.overdue_partitions(driver(connection), now)

    def sweep(self, partition: int) -> AbstractContextManager[SweepTransaction]:
        """Begin to end sessions in a partition; commits on leaving, rolls back on an exception."""
        return SweepTransaction(self._means, partition)

    def state(self, customer: UUID) -> Customer:
        """A customer's state as the stream has it now."""
        with self.database.read() as connection:
            return self._streams.states(connection, [customer]).get(customer, INITIAL)

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream, in its order."""
        with self.database.read() as connection:
            return self._streams.history(connection, customer)

    def history_until(self, customer: UUID, moment: int) -> list[CustomerEvent]:
        """The events of a customer up to a moment (µs), in no order."""
        with self.database.read() as connection:
            rows = self.statements.by_time.until(driver(connection), customer, self.partition_of(customer), moment)
        return [decode(*row) for row in rows]

    def newest(self, customer: UUID, since: int, until: int, limit: int | None) -> list[TimelineEvent]:
        """A customer's activity events and announcements from one moment (µs) on and before another, the newest by
        event time first; those of one moment in any order."""
        key = customer, self.partition_of(customer)
        with self.database.read() as connection:
            rows = self.statements.by_time.newest(driver(connection), *key, since, until, limit)
        return [decode(*row) for row in rows]

    def activity(self) -> Iterator[list[ActivityRecorded]]:
        """The activity events of every customer, one customer after the other."""
        for partition in range(self.partitions):
            with self.database.read() as connection:
                yield from scans.activity(connection, partition)

    def positions(self) -> dict[int, int]:
        """The last position of every customers' partition."""
        with self.database.read() as connection:
            return self._positions(connection)

    def follow(self, after: Mapping[int, int], wanted: EventFilter) -> tuple[list[FollowedEvent], Mapping[int, int]]:
        """Some of what was committed after a position in each partition, and the positions up to which it was read."""
        with self.database.read() as connection:
            only = None if wanted.customer is None else self.partition_of(wanted.customer)
            return following.follow(connection, after, self._positions(connection), wanted, only)

    def _positions(self, connection: Connection) -> dict[int, int]:
        heads = self.statements.heads(driver(connection))
        return {partition: heads[partition] for partition in range(self.partitions)}

    def catalogue(self, after: int) -> tuple[int, list[Recorded[CatalogueEvent]]]:
        """The catalogue's events after a position, in order, and the position of the last; that one where none came."""
        columns = (log.c.customer, log.c.version, log.c.topic, log.c.state, log.c.position)
        newer = sa.select(*columns).where(log.c.partition == CATALOGUE_PARTITION, log.c.position > after)
        with self.database.read() as connection:
            rows = connection.execute(newer.order_by(log.c.position)).all()
        head = rows[-1].position if rows else after
        return head, [Recorded(row.customer, row.version, decode(row.topic, row.state)) for row in rows]

    def define(self, events: Sequence[Recorded[CatalogueEvent]]) -> None:
        """Append to the catalogue. Raises `AppendConflict` when another process was first."""
        with self.database.write(begin=False) as connection:
            raw = driver(connection)
            self.statements.lock(raw, [CATALOGUE_PARTITION])
            ids = self.statements.number(raw, {recorded.originator_id for recorded in events})
            rows = self.statements.writing(raw)
            rows.write([_catalogue_row(ids, recorded) for recorded in events])
            rows.finish((), ())

    def forget_rejections(self, reason: Reason | None, before: int | None) -> int:
        """Forget some of what is kept, the oldest first; returns how many."""
        with self.database.write() as connection:
            return rejection_bounds.forget(connection, reason, before)

    def let_rejections_go(self, now: int) -> int:
        """Forget some of what is kept beyond the bounds at `now` (µs), and count it; returns how many."""
        with self.database.write() as connection:
            return rejection_bounds.let_go(connection, self._bounds, now)

    def rejections(self, reason: Reason | None, after: int, limit: int | None) -> list[Rejection]:
        """What is kept, oldest first, from the one after number `after`."""
        with self.database.read() as connection:
            return rejection_rows.select(connection, reason, after, limit)


def _statements(database: Database, partitions: int, notify_seconds: float) -> LogStatements:
    postgres = partial(PostgresLog, partitions, notify_seconds)
    made: LogStatements = database.dialect.pick(sqlite=lambda _dialect: SqliteLog(), postgres=postgres)(
        database.dialect
    )
    return made


def _catalogue_row(ids: Mapping[UUID, int], recorded: Recorded[CatalogueEvent]) -> LogRow:
    stream, event = recorded.originator_id, recorded.event
    version, topic = recorded.originator_version, event.topic
    return CATALOGUE_PARTITION, ids[stream], stream.bytes, version, topic, None, None, None, encode(event)
