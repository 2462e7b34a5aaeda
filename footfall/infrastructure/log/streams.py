"""Customers' streams in the log: where they lie, and the states that they amount to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from sqlalchemy.engine import Connection

from ...domain.customer import INITIAL, Customer
from ...domain.events import CustomerEvent
from ...domain.history import advance, replay
from ..database.connections import driver
from .codec import decode, decode_snapshot
from .dialects.statements import SNAPSHOT, LogStatements, StreamRow
from .stream_ids import StreamIds


class StreamStore:
    """Reads streams on a connection that is given, so that an append sees its own transaction."""

    def __init__(self, statements: LogStatements, partitions: int) -> None:
        self.statements, self.partitions = statements, partitions
        self.ids = StreamIds()

    def partition_of(self, customer: UUID) -> int:
        """The partition that holds a customer's stream."""
        return customer.int % self.partitions

    def states(self, connection: Connection, customers: Iterable[UUID]) -> dict[UUID, Customer]:
        """The states of customers that have a stream, with one query."""
        wanted = {customer: self.partition_of(customer) for customer in customers}
        rows = self.statements.load(driver(connection), wanted)
        streams = (list(stream) for _, stream in groupby(rows, key=lambda row: row.stream))
        return {stream[0].customer: self._state(connection, stream) for stream in streams}

    def history(self, connection: Connection, customer: UUID) -> list[CustomerEvent]:
        """A customer's whole stream, as a transaction sees it."""
        rows = self.statements.history(driver(connection), customer, self.partition_of(customer))
        return [decode(row.topic, row.state) for row in rows]

    def _state(self, connection: Connection, stream: list[StreamRow]) -> Customer:
        if stream[0].topic != SNAPSHOT:
            return advance(INITIAL, (decode(row.topic, row.state) for row in stream))
        snapshot = decode_snapshot(stream[0].state)
        if snapshot is None:
            return replay(self.history(connection, stream[0].customer))
        return advance(snapshot, (decode(row.topic, row.state) for row in stream[1:]))
