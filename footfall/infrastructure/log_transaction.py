"""An append under way: the `AppendTransaction` port on a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.engine import Connection

from ..application.ports import Rejection
from ..domain.customer import Customer
from ..domain.events import CustomerEvent, Fact, Recorded
from . import rejection_rows
from .codec import decode, encode, encode_snapshot
from .database import driver
from .log_statements import LogRow
from .streams import Streams


class LogTransaction:
    """An append under way, which holds the locks of some partitions: the `AppendTransaction` port."""

    def __init__(self, streams: Streams, connection: Connection, partitions: Sequence[int]) -> None:
        self._streams, self._connection, self._driver = streams, connection, driver(connection)
        self._statements = streams.statements
        self.new_numbers: dict[UUID, int] = {}
        self.heads: Mapping[int, int] = self._statements.lock(self._driver, partitions)

    def states(self, customers: Collection[UUID], timeout: int) -> dict[UUID, Customer]:
        """The states of customers that have a stream, with one query."""
        return self._streams.states(self._connection, customers, timeout)

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

    def append(
        self, events: Sequence[Recorded[CustomerEvent]], snapshots: Mapping[UUID, Customer], timeout: int
    ) -> None:
        """Write events and snapshots. Raises `AppendConflict`."""
        if not events:
            return
        customers = {recorded.originator_id for recorded in events}
        numbers, unknown = self._streams.numbers.find(customers)
        if unknown:
            self.new_numbers = self._statements.number(self._driver, unknown)
            numbers |= self.new_numbers
        rows = [self._row(recorded, numbers[recorded.originator_id]) for recorded in events]
        self._statements.append(self._driver, rows)
        states = [
            (numbers[customer], state.version, encode_snapshot(state, timeout)) for customer, state in snapshots.items()
        ]
        self.heads = self._statements.close(self._driver, states)

    def _row(self, recorded: Recorded[CustomerEvent], stream: int) -> LogRow:
        customer, event = recorded.originator_id, recorded.event
        return (
            customer.int % self._streams.partitions,
            stream,
            customer,
            recorded.originator_version,
            event.topic,
            event.event_id,
            event.action,
            event.time,
            encode(event),
        )

    def keep(self, refused: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, and forget those that were re-driven."""
        rejection_rows.keep(self._connection, refused, released)
