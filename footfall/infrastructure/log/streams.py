"""Customers' streams in the log: where they lie, what states they amount to, and chunks of the log sorted by them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from itertools import groupby
from uuid import UUID

from sqlalchemy.engine import Connection

from ...application.running.bounded_cache import BoundedCache
from ...domain.customer import INITIAL, Customer
from ...domain.events import CustomerEvent
from ...domain.history import advance, whole
from ...domain.sessions import Session
from ...domain.spans import Span
from ..database.column_types import unpacked
from ..database.connections import driver
from .codec import decode, decode_session, decode_snapshot
from .dialects.statements import SNAPSHOT, ChunkRow, LogStatements, StreamRow
from .hand_over import Stretch

IDS_KEPT = 100_000
"""At most this many ids of streams are remembered."""


class StreamStore:
    """Reads streams on a connection that is given, so that an append sees its own transaction."""

    def __init__(self, statements: LogStatements, partitions: int) -> None:
        self.statements, self.partitions = statements, partitions
        self._ids: BoundedCache[int, int] = BoundedCache()
        self._learns = True

    def within(self, statements: LogStatements) -> StreamStore:
        """The same in a host's own transaction: it knows the ids that are committed, and learns none, which might be
        rolled back and given to other streams."""
        inside = copy(self)
        inside.statements, inside._learns = statements, False
        return inside

    def partition_of(self, customer: UUID) -> int:
        """The partition that holds a customer's stream."""
        return customer.int % self.partitions

    def known_ids(self, customers: Iterable[UUID]) -> tuple[dict[int, int], list[UUID]]:
        """The ids of streams that are remembered, by the integers of the customers' uuids, and the customers whose are
        not. A stream keeps its id for ever."""
        known: dict[int, int] = {}
        unknown = []
        for customer in customers:
            key = customer.int
            stream = self._ids.get(key)
            if stream is None:
                unknown.append(customer)
            else:
                known[key] = stream
        return known, unknown

    def learn_ids(self, ids: Mapping[int, int]) -> None:
        """Remember the ids of streams that are committed."""
        if not self._learns:
            return
        if len(self._ids) + len(ids) > IDS_KEPT:
            self._ids.take_older_half()
        self._ids.update(ids)

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

    def past_sessions(self, connection: Connection, spans: Mapping[UUID, Sequence[Span]]) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose deadlines lie in spans, and the first one after each span: sorted, none
        twice."""
        wanted = [(customer, since, until) for customer, own in spans.items() for since, until in own]
        found: dict[UUID, dict[int, Session]] = {customer: {} for customer in spans}
        rows = self.statements.past_sessions.load(driver(connection), wanted) if wanted else ()
        for customer, state in rows:
            session = decode_session(state)
            found[customer][session.deadline] = session
        return {customer: [one for _, one in sorted(own.items())] for customer, own in found.items()}

    def open_past_sessions(
        self, connection: Connection, customers: Collection[UUID], limit: int
    ) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose end is not announced: the first `limit` of each, sorted."""
        found: dict[UUID, list[Session]] = {customer: [] for customer in customers}
        for customer, state in self.statements.past_sessions.load_open(driver(connection), customers, limit):
            found[customer].append(decode_session(state))
        return found

    def _state(self, connection: Connection, stream: list[StreamRow]) -> Customer:
        if stream[0].topic != SNAPSHOT:
            return advance(INITIAL, (decode(row.topic, row.state) for row in stream))
        snapshot = decode_snapshot(stream[0].state)
        if snapshot is None:
            return whole(self.history(connection, stream[0].customer))
        return advance(snapshot, (decode(row.topic, row.state) for row in stream[1:]))


class CustomerEvents:
    """The events of one customer in a chunk, and where they begin: at a position, or somewhere from it on."""

    __slots__ = ("error", "is_exact", "partition", "position", "readable")

    def __init__(self, partition: int, position: int, *, is_exact: bool = True) -> None:
        self.partition, self.position, self.is_exact = partition, position, is_exact
        self.readable: list[CustomerEvent] = []
        self.error: Exception | None = None

    def read(self, topic: str, state: bytes) -> None:
        """Decode the next event."""
        try:
            self.readable.append(decode(topic, state))
        except Exception as error:
            self.error = error

    def read_all(self, topics: Sequence[str], states: Sequence[bytes]) -> None:
        """Decode those that follow."""
        try:
            self.readable += list(map(decode, topics, states))
        except Exception:
            for topic, state in zip(topics, states, strict=True):
                self.read(topic, state)

    @property
    def events(self) -> list[CustomerEvent]:
        """All of them. Raises what decoding one of them raised."""
        if self.error is not None:
            raise self.error
        return self.readable


def by_customer(rows: Iterable[ChunkRow], unneeded: Collection[str]) -> dict[UUID, CustomerEvents]:
    """Rows of the log, in order within their partitions, sorted by customer and decoded, but for some topics."""
    found: dict[bytes, CustomerEvents] = {}
    for partition, position, packed, topic, state in rows:
        if topic in unneeded:
            continue
        own = found.get(packed)
        if own is None:
            own = found[packed] = CustomerEvents(partition, position)
        own.read(topic, state)
    return {unpacked(packed): own for packed, own in found.items()}


def handed_over(stretches: Mapping[int, Sequence[Stretch]], unneeded: Collection[str]) -> dict[UUID, CustomerEvents]:
    """The same of stretches by partition, which need no decoding."""
    found: dict[int, CustomerEvents] = {}
    customers: list[UUID] = []
    for partition, chain in stretches.items():
        for stretch in chain:
            for written in stretch.streams:
                needed = [event for event in written.events if event.topic not in unneeded]
                if not needed:
                    continue
                key = written.customer.int
                own = found.get(key)
                if own is None:
                    own = found[key] = CustomerEvents(partition, stretch.begin + 1, is_exact=False)
                    customers.append(written.customer)
                own.readable += needed
    return dict(zip(customers, found.values(), strict=True))
