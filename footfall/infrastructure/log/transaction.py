"""An append under way: the `AppendTransaction` port on a database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
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
from .dialects.statements import DeadlineRow, PastRow, PastRows, RowsWritten, SnapshotRow
from .hand_over import HandOver
from .streams import StreamStore
from .tables import log

Place = tuple[int, int, UUID]
"""Where a customer's stream lies: its partition and its number, and whose it is."""


class Means(NamedTuple):
    """What every append to a log works with; `hand_over` is None where what is written may yet be rolled back."""

    streams: StreamStore
    database: Database
    bounds: RejectionBounds
    hand_over: HandOver | None


class StreamsAppended:
    """What is being written to some streams: the `Appending` port. Their `places` come in the order of the log's keys,
    in which the database has the least to look for."""

    def __init__(self, places: Sequence[Place], rows: RowsWritten, finished: Callable[[StreamsAppended], None]) -> None:
        self.customers = [customer for _, _, customer in places]
        self._places = {customer.int: (partition, stream) for partition, stream, customer in places}
        self._rows, self._finished = rows, finished
        self.appends: list[StreamAppend] = []
        self.bytes = 0
        self._deadlines: list[DeadlineRow] = []
        self._snapshots: list[SnapshotRow] = []
        self._past: dict[int, PastChange] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._rows.give_up(error)
        elif self.appends:
            self._finished(self)

    def write(self, append: StreamAppend) -> None:
        """Write to a stream; it may be under way while it is decided on the next one."""
        number = append.customer.int
        partition, stream = self._places[number]
        customer, version, rows = number.to_bytes(16, "big"), append.version, []
        # Without `UUID.bytes`, which is a function: there is a row for each event.
        for event in append.events:
            version += 1
            named, state = event.event_id.int.to_bytes(16, "big"), encode(event)
            self.bytes += len(state)
            rows.append((partition, stream, customer, version, event.topic, named, event.action, event.time, state))
        self._rows.write(rows)
        self.appends.append(append)
        if append.deadline is not None:
            self._deadlines.append((partition, stream, append.customer, append.deadline))
        if append.snapshot is not None:
            snapshot = append.snapshot.state
            self._snapshots.append((stream, snapshot.version, encode_snapshot(snapshot)))
            self._past[stream] = append.snapshot.past

    def finish(self) -> int:
        """Write what is not written yet, but for past sessions; returns the position of the last row."""
        return self._rows.finish(self._deadlines, self._snapshots)

    def past_rows(self) -> PastRows | None:
        """What changes among past sessions, if anything."""
        if not self._past:
            return None
        changes = self._past.items()
        return PastRows(
            [stream for stream, past in changes if past.anew],
            [(stream, deadline) for stream, past in changes for deadline in past.removed],
            [_past_row(stream, session) for stream, past in changes for session in past.added],
        )


def _past_row(stream: int, session: Session) -> PastRow:
    return stream, session.deadline, session.end_announced, encode(session)


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

    def appending(self, customers: Collection[UUID]) -> StreamsAppended:
        """Begin to write to the streams of some customers, which ends on leaving. Raises `AppendConflict`."""
        places = self._places(customers)
        return StreamsAppended(places, self._writing(), self._finish_append)

    def _finish_append(self, streams: StreamsAppended) -> None:
        self.reached = streams.finish()
        past = streams.past_rows()
        if past is not None and any(past):
            self._statements.past_sessions.change(self._driver, past)
        self._appended += streams.appends
        self._bytes_appended += streams.bytes

    def _writing(self) -> RowsWritten:
        return self._statements.writing(self._driver)

    def _places(self, customers: Collection[UUID]) -> list[Place]:
        ids, unknown = self._streams.known_ids(customers)
        if unknown:
            given = self._statements.number(self._driver, unknown)
            self._new_ids = {customer.int: stream for customer, stream in given.items()}
            ids |= self._new_ids
        partition_of = self._streams.partition_of
        return sorted([(partition_of(customer), ids[customer.int], customer) for customer in customers])

    def keep(self, refused: Sequence[Rejection], released: Collection[UUID]) -> None:
        """Keep rejections, each once and with its newest reason, forget those that were re-driven, hold the bounds."""
        rejection_rows.keep(self._connection, refused, released, self._bounds)
