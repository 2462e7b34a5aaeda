"""What the event log asks of a database in its own dialect; everything hot is here, in the driver's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

SNAPSHOT = "snapshot"
"""The topic under which a stream's snapshot is returned, ahead of the events after it."""


LogRow = tuple[int, int, bytes, int, str, bytes | None, str | None, int | None, bytes]
"""A row of the log on its way in: partition, number of the stream, customer, version, topic, event id, action, time
(µs), state. UUIDs are their sixteen bytes. The database gives it its position."""


DeadlineRow = tuple[int, int, UUID, int]
"""After which moment a customer's sessions may have ended: partition, number of the stream, customer, moment (µs)."""


SnapshotRow = tuple[int, int, bytes]
"""A snapshot on its way in: stream, version, state."""


PastRow = tuple[int, int, bool, bytes]
"""A past session on its way in: stream, deadline (µs), whether its end is announced, state."""


class PastRows(NamedTuple):
    """What is changed among past sessions: streams that lose all of theirs, the (stream, deadline) of some that go, and
    then those that come."""

    cleared: Sequence[int]
    removed: Sequence[tuple[int, int]]
    added: Sequence[PastRow]


class StreamRow(NamedTuple):
    """A row of a stream on its way out."""

    stream: int
    customer: UUID
    topic: str
    state: bytes


ChunkRow = tuple[int, int, bytes, str, bytes]
"""A row of a partition on its way to the projections: partition, position, customer (sixteen bytes), topic, state."""


OrderedRow = tuple[int, int, int, bytes, str, bytes]
"""A row of the log in the order of streams: partition, stream, position, customer (sixteen bytes), topic, state."""


class RowsWritten(Protocol):
    """Rows on their way into the log."""

    def write(self, rows: Sequence[LogRow]) -> None:
        """Write rows, which may be under way while others are made."""

    def give_up(self, error: BaseException) -> None:
        """Let go of what is under way, after an error."""

    def finish(self, deadlines: Sequence[DeadlineRow], snapshots: Sequence[SnapshotRow]) -> int:
        """Once all rows came, of which there is one at least: write deadlines where they are earlier than what is
        written, write or replace snapshots, and wake who listens; returns the position of the last row."""


class DeadlineStatements(Protocol):
    """Each takes the driver's connection, inside a transaction that is under way."""

    def overdue_partitions(self, driver: Any, now: int) -> list[int]:
        """The partitions of customers whose deadline lies before `now` (µs)."""

    def take(self, driver: Any, partition: int, now: int, limit: int) -> dict[UUID, int]:
        """Customers of a partition whose deadline lies before `now` (µs), and their streams."""

    def move(self, driver: Any, deadlines: Sequence[tuple[int, int]], without: Sequence[int]) -> None:
        """Replace the deadlines (µs) of streams, and forget those of streams that have no open session."""


class PastSessionStatements(Protocol):
    """Each takes the driver's connection, inside a transaction that is under way."""

    def load(self, driver: Any, spans: Sequence[tuple[UUID, int, int]]) -> Iterable[tuple[UUID, bytes]]:
        """Past sessions whose deadlines lie in spans (customer, from, to), and the first after each span."""

    def load_open(self, driver: Any, customers: Collection[UUID], limit: int) -> Iterable[tuple[UUID, bytes]]:
        """The first `limit` past sessions of each customer whose end is not announced, in order."""

    def change(self, driver: Any, rows: PastRows) -> None:
        """Take rows out, and put rows in."""


class ByTimeStatements(Protocol):
    """Reads of a stream by event time. Each takes the driver's connection, and gives topics and states."""

    def until(self, driver: Any, customer: UUID, partition: int, moment: int) -> list[tuple[str, bytes]]:
        """The events of a stream up to a moment (µs), in no order."""

    def newest(
        self, driver: Any, customer: UUID, partition: int, since: int, until: int, limit: int | None
    ) -> list[tuple[str, bytes]]:
        """The newest events of a stream but for attributes, from one moment (µs) on and before another, the last one
        first; those of one moment in any order."""


class AtOnce(Protocol):
    """Appends in a transaction that it begins and commits itself, in one journey."""

    def write(
        self,
        driver: Any,
        partitions: Sequence[int],
        catalogue: int,
        rows: Sequence[LogRow],
        deadlines: Sequence[DeadlineRow],
    ) -> tuple[dict[int, int], int]:
        """Keep other writers out of partitions, write rows, and deadlines where they are earlier than what is written,
        wake who listens; returns the last positions of the partitions as it began, and of the last row. Raises
        `CatalogueChanged` where the catalogue's last position is another than `catalogue`."""


class LogStatements(Protocol):
    """Each takes the driver's connection, inside a transaction that is under way."""

    @property
    def at_once(self) -> AtOnce | None:
        """How to append in one journey; None where statements make none."""

    @property
    def by_time(self) -> ByTimeStatements:
        """The reads of a stream by event time."""

    @property
    def deadlines(self) -> DeadlineStatements:
        """The statements on deadlines."""

    @property
    def past_sessions(self) -> PastSessionStatements:
        """The statements on past sessions."""

    def lock(self, driver: Any, partitions: Collection[int]) -> dict[int, int]:
        """Begin the transaction, if none is under way, and keep other writers out of partitions until it ends; returns
        their last positions, and the catalogue's."""

    def heads(self, driver: Any) -> dict[int, int]:
        """The last position of each partition, the catalogue's too; 0 where it is empty."""

    def settled(self, driver: Any, known: int) -> int:
        """A position up to which every position is committed or will never be, at least `known`, which was one
        before. Waits for each writer that was under way, not for those who come after; keeps nobody waiting."""

    def number(self, driver: Any, customers: Collection[UUID]) -> dict[UUID, int]:
        """The numbers of customers' streams, given to those that have none; their partitions must be locked."""

    def writing(self, driver: Any) -> RowsWritten:
        """Begin to write rows to the log."""

    def load(self, driver: Any, customers: Mapping[UUID, int]) -> list[StreamRow]:
        """For customers (and their partitions): the snapshot, if any, then what followed, stream by stream."""

    def history(self, driver: Any, customer: UUID, partition: int) -> list[StreamRow]:
        """A whole stream in its order."""

    def stored(self, driver: Any, keys: Collection[tuple[int, UUID, UUID]]) -> list[StreamRow]:
        """The rows under (partition, customer, event id)."""

    def chunk(self, driver: Any, cursors: Mapping[int, int], limit: int) -> list[ChunkRow]:
        """Rows after each partition's cursor, in order within it, about `limit` altogether."""
