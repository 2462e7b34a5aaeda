"""An append under way: the `AppendTransaction` port on a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.vocabulary import Rejection
from ...domain.customer import Customer
from ...domain.events import CustomerEvent, Fact, Recorded
from ..database.connections import driver
from . import rejection_rows
from .codec import decode, encode, encode_snapshot
from .dialects.statements import LogRow, StreamKey
from .streams import StreamStore
from .tables import log


class LogTransaction:
    """An append under way, which holds the locks of some partitions: the `AppendTransaction` port."""

    def __init__(self, streams: StreamStore, connection: Connection, partitions: Sequence[int]) -> None:
        self._streams, self._connection, self._driver = streams, connection, driver(connection)
        self._statements = streams.statements
        self.new_ids: dict[UUID, int] = {}
        self.heads: Mapping[int, int] = self._statements.lock(self._driver, partitions)
        self.reached = max(self.heads.values())

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        """The states of customers that have a stream, with one query."""
        return self._streams.states(self._connection, customers)

    def history(self, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream."""
        return self._streams.history(self._connection, customer)

    def stored(self, ids: Collection[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Fact]:
        """The facts already stored under (customer, event id)."""
        keys = [(self._streams.partition_of(customer), customer, event_id) for customer, event_id in ids]
        if not keys:
            return {}
        facts = ((row.customer, decode(row.topic, row.state)) for row in self._statements.stored(self._driver, keys))
        return {(customer, fact.event_id): fact for customer, fact in facts}

    def holds(self, partition: int, after: int, upto: int) -> bool:
        """Whether a partition holds an event after one position and up to another."""
        rows = sa.select(log.c.position).where(
            log.c.partition == partition, log.c.position > after, log.c.position <= upto
        )
        return self._connection.execute(rows.limit(1)).first() is not None

    def append(
        self,
        events: Sequence[Recorded[CustomerEvent]],
        snapshots: Mapping[UUID, Customer],
        deadlines: Mapping[UUID, int],
    ) -> None:
        """Write events, and with them snapshots and deadlines (µs). Raises `AppendConflict`."""
        if not events:
            return
        customers = {recorded.originator_id for recorded in events}
        keys = self._keys(customers | snapshots.keys() | deadlines.keys())
        rows = [_row(keys, recorded) for recorded in events]
        states = [(keys[customer][1], state.version, encode_snapshot(state)) for customer, state in snapshots.items()]
        until = [(*keys[customer], moment) for customer, moment in deadlines.items()]
        self.reached = self._statements.write(self._driver, rows, states, until)

    def _keys(self, customers: Collection[UUID]) -> dict[UUID, StreamKey]:
        ids, unknown = self._streams.known_ids(customers)
        if unknown:
            self.new_ids = self._statements.number(self._driver, unknown)
            ids |= self.new_ids
        partition_of = self._streams.partition_of
        return {customer: (partition_of(customer), stream, customer) for customer, stream in ids.items()}

    def keep(self, refused: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, and forget those that were re-driven."""
        rejection_rows.keep(self._connection, refused, released)


def _row(keys: Mapping[UUID, StreamKey], recorded: Recorded[CustomerEvent]) -> LogRow:
    event = recorded.event
    return (
        *keys[recorded.originator_id],
        recorded.originator_version,
        event.topic,
        event.event_id,
        event.action,
        event.time,
        encode(event),
    )


class SweepTransaction(LogTransaction):
    """An append under way that ends sessions in one partition: the `SweepTransaction` port."""

    def __init__(self, streams: StreamStore, connection: Connection, partition: int) -> None:
        # The partition first, then the rows of deadlines: in the order in which whoever appends takes them.
        super().__init__(streams, connection, [partition])
        self._partition = partition
        self._overdue: dict[UUID, int] = {}

    def overdue(self, now: int, limit: int) -> list[UUID]:
        """Customers whose deadline lies before `now` (µs), those who wait longest first."""
        self._overdue = self._statements.deadlines.take(self._driver, self._partition, now, limit)
        return list(self._overdue)

    def postpone(self, deadlines: Mapping[UUID, int | None]) -> None:
        """Replace the deadlines (µs) of customers, or forget them."""
        again = [(self._overdue[customer], moment) for customer, moment in deadlines.items() if moment is not None]
        settled = [self._overdue[customer] for customer, moment in deadlines.items() if moment is None]
        self._statements.deadlines.move(self._driver, again, settled)
