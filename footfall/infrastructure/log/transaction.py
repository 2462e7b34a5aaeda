"""An append under way: the `AppendTransaction` port on a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.log import StreamAppend
from ...application.ports.vocabulary import Rejection, RejectionBounds
from ...domain.customer import Customer
from ...domain.events import Fact
from ...domain.past_sessions import PastChange
from ...domain.sessions import Session
from ...domain.spans import Span
from ..database.connections import driver
from . import rejection_rows
from .codec import decode, encode, encode_snapshot
from .dialects.statements import LogRow, PastRow, PastRows
from .streams import StreamStore
from .tables import log

_Placed = tuple[int, int, StreamAppend]
"""What is written to a stream, behind the stream's key: its partition and its number."""
_KEY = itemgetter(0, 1)


class LogTransaction:
    """An append under way, which holds the locks of some partitions: the `AppendTransaction` port."""

    def __init__(
        self, streams: StreamStore, connection: Connection, partitions: Sequence[int], bounds: RejectionBounds
    ) -> None:
        self._bounds = bounds
        self._streams, self._connection, self._driver = streams, connection, driver(connection)
        self._statements = streams.statements
        self.new_ids: dict[int, int] = {}
        self.heads: Mapping[int, int] = self._statements.lock(self._driver, partitions)
        self.reached = max(self.heads.values())

    def states(self, customers: Collection[UUID]) -> dict[UUID, Customer]:
        """The states of customers that have a stream, with one query."""
        return self._streams.states(self._connection, customers)

    def past_sessions(self, spans: Mapping[UUID, Sequence[Span]]) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose deadlines lie in spans, and the first one after each span: sorted, none
        twice, with one query."""
        return self._streams.past_sessions(self._connection, spans)

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

    def append(self, streams: Sequence[StreamAppend]) -> None:
        """Write to streams, each of them named once. Raises `AppendConflict`."""
        if not streams:
            return
        # In the order of the log's keys, in which the database has the least to look for.
        placed = sorted(self._placed(streams), key=_KEY)
        snapshots = [(stream, one.snapshot) for _, stream, one in placed if one.snapshot is not None]
        states = [(stream, snapshot.state.version, encode_snapshot(snapshot.state)) for stream, snapshot in snapshots]
        deadlines = [
            (partition, stream, one.customer, one.deadline)
            for partition, stream, one in placed
            if one.deadline is not None
        ]
        self._change_past({stream: snapshot.past for stream, snapshot in snapshots})
        rows = [row for one in placed for row in _rows(*one)]
        self.reached = self._statements.write(self._driver, rows, states, deadlines)

    def _placed(self, streams: Sequence[StreamAppend]) -> list[_Placed]:
        ids, unknown = self._streams.known_ids([one.customer for one in streams])
        if unknown:
            given = self._statements.number(self._driver, unknown)
            self.new_ids = {customer.int: stream for customer, stream in given.items()}
            ids |= self.new_ids
        partition_of = self._streams.partition_of
        return [(partition_of(one.customer), ids[one.customer.int], one) for one in streams]

    def _change_past(self, changes: Mapping[int, PastChange]) -> None:
        rows = PastRows(
            [stream for stream, past in changes.items() if past.anew],
            [(stream, deadline) for stream, past in changes.items() for deadline in past.removed],
            [_past_row(stream, session) for stream, past in changes.items() for session in past.added],
        )
        if any(rows):
            self._statements.past_sessions.change(self._driver, rows)

    def keep(self, refused: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, forget those that were re-driven, hold the bounds."""
        rejection_rows.keep(self._connection, refused, released, self._bounds)


def _rows(partition: int, stream: int, append: StreamAppend) -> list[LogRow]:
    customer, first = append.customer.bytes, append.version + 1
    return [
        (
            partition,
            stream,
            customer,
            version,
            event.topic,
            event.event_id.bytes,
            event.action,
            event.time,
            encode(event),
        )
        for version, event in enumerate(append.events, first)
    ]


def _past_row(stream: int, session: Session) -> PastRow:
    return stream, session.deadline, session.end_announced, encode(session)


class SweepTransaction(LogTransaction):
    """An append under way that ends sessions in one partition: the `SweepTransaction` port."""

    def __init__(self, streams: StreamStore, connection: Connection, partition: int, bounds: RejectionBounds) -> None:
        # The partition first, then the rows of deadlines: in the order in which whoever appends takes them.
        super().__init__(streams, connection, [partition], bounds)
        self._partition = partition
        self._overdue: dict[UUID, int] = {}

    def overdue(self, now: int, limit: int) -> list[UUID]:
        """Customers whose deadline lies before `now` (µs), those who wait longest first."""
        self._overdue = self._statements.deadlines.take(self._driver, self._partition, now, limit)
        return list(self._overdue)

    def open_past_sessions(self, customers: Collection[UUID], limit: int) -> dict[UUID, list[Session]]:
        """The past sessions of customers whose end is not announced: the first `limit` of each, sorted."""
        return self._streams.open_past_sessions(self._connection, customers, limit)

    def postpone(self, deadlines: Mapping[UUID, int | None]) -> None:
        """Replace the deadlines (µs) of customers, or forget them."""
        again = [(self._overdue[customer], moment) for customer, moment in deadlines.items() if moment is not None]
        settled = [self._overdue[customer] for customer, moment in deadlines.items() if moment is None]
        self._statements.deadlines.move(self._driver, again, settled)
