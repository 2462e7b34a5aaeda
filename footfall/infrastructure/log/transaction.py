"""An append under way: the `AppendTransaction` port on a database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import itemgetter
from types import TracebackType
from typing import Any, NamedTuple, Self
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
from ..database.database import Database
from . import rejection_rows
from .codec import decode, encode, encode_snapshot
from .dialects.statements import DeadlineRow, LogRow, PastRow, PastRows, SnapshotRow
from .hand_over import HandOver
from .streams import StreamStore
from .tables import log

_Placed = tuple[int, int, StreamAppend]
"""What is written to a stream, behind the stream's key: its partition and its number."""
_KEY = itemgetter(0, 1)


class Means(NamedTuple):
    """What every append to a log works with; `hand_over` is None where what is written may yet be rolled back."""

    streams: StreamStore
    database: Database
    bounds: RejectionBounds
    hand_over: HandOver | None


class LogTransaction:
    """An append, which holds the locks of some partitions while it is under way: the `AppendTransaction` port. Commits
    on leaving, rolls back on an exception."""

    heads: Mapping[int, int]
    reached: int

    def __init__(self, means: Means, partitions: Sequence[int]) -> None:
        self._streams, self._statements, self._partitions = means.streams, means.streams.statements, partitions
        self._bounds, self._outer, self._hand_over = means.bounds, means.database.write(begin=False), means.hand_over
        self._new_ids: dict[int, int] = {}
        self._appended: list[StreamAppend] = []
        self._bytes_appended = 0

    def __enter__(self) -> Self:
        self._open = self._outer.__enter__()
        try:
            self._begin()
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._outer.__exit__(kind, error, traceback)
        if error is None:
            self._committed()

    def _committed(self) -> None:
        if self._new_ids:
            # Only now: had the transaction failed, they might be given to other streams.
            self._streams.learn_ids(self._new_ids)
        if self._hand_over is not None:
            self._hand_over.committed(self.heads, self.reached, self._appended, self._bytes_appended)

    def _begin(self) -> None:
        self.heads = self._statements.lock(driver(self._open), self._partitions)
        self.reached = max(self.heads.values())

    @property
    def _connection(self) -> Connection:
        return self._open

    @property
    def _driver(self) -> Any:
        return driver(self._connection)

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

    def append(self, streams: Sequence[StreamAppend]) -> int:
        """Write to streams, each of them named once; the bytes of the events. Raises `AppendConflict`."""
        if not streams:
            return 0
        # In the order of the log's keys, in which the database has the least to look for.
        placed = sorted(self._placed(streams), key=_KEY)
        snapshots = [(stream, one.snapshot) for _, stream, one in placed if one.snapshot is not None]
        states = [(stream, snapshot.state.version, encode_snapshot(snapshot.state)) for stream, snapshot in snapshots]
        deadlines = [
            (partition, stream, one.customer, one.deadline)
            for partition, stream, one in placed
            if one.deadline is not None
        ]
        if snapshots:
            self._change_past({stream: snapshot.past for stream, snapshot in snapshots})
        rows = _rows(placed)
        self._write(rows, states, deadlines)
        self._appended += streams
        written = sum([len(row[-1]) for row in rows])
        self._bytes_appended += written
        return written

    def _write(
        self, rows: Sequence[LogRow], snapshots: Sequence[SnapshotRow], deadlines: Sequence[DeadlineRow]
    ) -> None:
        self.reached = self._statements.write(self._driver, rows, snapshots, deadlines)

    def _placed(self, streams: Sequence[StreamAppend]) -> list[_Placed]:
        ids, unknown = self._streams.known_ids([one.customer for one in streams])
        if unknown:
            given = self._statements.number(self._driver, unknown)
            self._new_ids = {customer.int: stream for customer, stream in given.items()}
            ids |= self._new_ids
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


def _rows(placed: Sequence[_Placed]) -> list[LogRow]:
    # In one function, and without `UUID.bytes`, which is one: there is a row for each event.
    rows: list[LogRow] = []
    for partition, stream, append in placed:
        customer, version = append.customer.int.to_bytes(16, "big"), append.version
        for event in append.events:
            version += 1
            named = event.event_id.int.to_bytes(16, "big")
            rows.append(
                (partition, stream, customer, version, event.topic, named, event.action, event.time, encode(event))
            )
    return rows


def _past_row(stream: int, session: Session) -> PastRow:
    return stream, session.deadline, session.end_announced, encode(session)


class SweepTransaction(LogTransaction):
    """An append under way that ends sessions in one partition: the `SweepTransaction` port."""

    def __init__(self, means: Means, partition: int) -> None:
        # The partition first, then the rows of deadlines: in the order in which whoever appends takes them.
        super().__init__(means, [partition])
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
