"""The event log's statements on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from ....application.running.interruptions import hear
from ...database.column_types import packed, unpacked
from ...database.dialects.sqlite import BEGIN_WRITE
from .sqlite_by_time import SqliteByTime
from .sqlite_deadlines import SqliteDeadlines
from .sqlite_past_sessions import SqlitePastSessions
from .statements import SNAPSHOT, ChunkRow, DeadlineRow, LogRow, SnapshotRow, StreamRow

# INDEXED BY, because after an ANALYZE the planner takes the average length of streams for the work that a look-up is,
# and where one customer has very many events would rather read the whole log than the few rows after a snapshot.
_APPEND = """
INSERT INTO footfall_log (partition, stream, customer, version, topic, event_id, action, time, state)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAVE_DEADLINES = """
INSERT INTO footfall_due (partition, stream, customer, due_at) VALUES (?, ?, ?, ?)
ON CONFLICT (stream) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < footfall_due.due_at
"""
_SAVE_SNAPSHOT = "INSERT OR REPLACE INTO footfall_snapshots (stream, version, state) VALUES (?, ?, ?)"
_HEADS = """
SELECT
    (SELECT max(position) FROM footfall_log WHERE partition = 0),
    (SELECT max(position) FROM footfall_log WHERE partition = -1)
"""
# Keys come as one blob, which is cut into its uuids: a temporary table would have to be made and filled each time, and
# would be left on a connection that is the host's.
_CUSTOMERS = """
WITH RECURSIVE wanted (at, customer) AS (
    SELECT 1, substr(?1, 1, 16) WHERE length(?1) > 0
    UNION ALL SELECT at + 16, substr(?1, at + 16, 16) FROM wanted WHERE at + 16 < length(?1)
)
"""
_KEYS = """
WITH RECURSIVE wanted (at, customer, event_id) AS (
    SELECT 1, substr(?1, 1, 16), substr(?1, 17, 16) WHERE length(?1) > 0
    UNION ALL SELECT at + 32, substr(?1, at + 32, 16), substr(?1, at + 48, 16) FROM wanted WHERE at + 32 < length(?1)
)
"""
_NUMBERED = f"""
{_CUSTOMERS}
SELECT s.customer, s.stream FROM wanted AS w CROSS JOIN footfall_streams AS s ON s.customer = w.customer
"""  # noqa: S608  # constants of ours
_NUMBER = "INSERT INTO footfall_streams (customer) VALUES (?)"
_HISTORY = """
SELECT l.stream, l.customer, l.topic, l.state
FROM footfall_streams AS s CROSS JOIN footfall_log AS l INDEXED BY footfall_log_streams ON l.stream = s.stream
WHERE s.customer = ? ORDER BY l.version
"""
_CHUNK = """
SELECT partition, position, customer, topic, state FROM footfall_log
WHERE partition = 0 AND position > ? ORDER BY position LIMIT ?
"""
_LOAD = f"""
{_CUSTOMERS}
SELECT s.stream, p.version, s.customer, '{SNAPSHOT}', p.state
FROM wanted AS w
CROSS JOIN footfall_streams AS s ON s.customer = w.customer
CROSS JOIN footfall_snapshots AS p ON p.stream = s.stream
UNION ALL
SELECT s.stream, l.version, s.customer, l.topic, l.state
FROM wanted AS w
CROSS JOIN footfall_streams AS s ON s.customer = w.customer
LEFT JOIN footfall_snapshots AS p ON p.stream = s.stream
CROSS JOIN footfall_log AS l INDEXED BY footfall_log_streams
ON l.stream = s.stream AND l.version > coalesce(p.version, 0)
ORDER BY 1, 2
"""  # noqa: S608  # constants of ours
_STORED = f"""
{_KEYS}
SELECT l.stream, l.customer, l.topic, l.state
FROM wanted AS w
CROSS JOIN footfall_streams AS s ON s.customer = w.customer
CROSS JOIN footfall_log AS l INDEXED BY footfall_log_facts
ON l.stream = s.stream AND l.event_id = w.event_id AND l.topic IN ('activity', 'attributes')
"""  # noqa: S608  # constants of ours


class SqliteLog:
    """SQLite has one writer at a time, so its one partition needs no lock beyond the transaction's own."""

    at_once = None

    def __init__(self) -> None:
        self.deadlines, self.by_time = SqliteDeadlines(), SqliteByTime()
        self.past_sessions = SqlitePastSessions()

    def lock(self, driver: sqlite3.Connection, partitions: Collection[int]) -> dict[int, int]:
        """Only look: a transaction that writes keeps other writers out."""
        if not driver.in_transaction:
            try:
                driver.execute(BEGIN_WRITE)
            except sqlite3.Error:
                hear()
                raise
        return self.heads(driver)

    def heads(self, driver: sqlite3.Connection) -> dict[int, int]:
        """The last position of each partition, 0 where it is empty."""
        customers, catalogue = driver.execute(_HEADS).fetchone()
        return {0: customers or 0, -1: catalogue or 0}

    def settled(self, driver: sqlite3.Connection, known: int) -> int:
        """The last position: there is one writer at a time, so positions are committed in their order."""
        return max(known, *self.heads(driver).values())

    def number(self, driver: sqlite3.Connection, customers: Collection[UUID]) -> dict[UUID, int]:
        """The numbers of customers' streams, given to those that have none."""
        rows = driver.execute(_NUMBERED, (_packed(customers),))
        numbers: dict[UUID, int] = {unpacked(customer): stream for customer, stream in rows}
        for customer in customers:
            if customer not in numbers:
                numbers[customer] = driver.execute(_NUMBER, (customer.bytes,)).lastrowid or 0
        return numbers

    def writing(self, driver: sqlite3.Connection) -> SqliteRows:
        """Begin to write rows to the log."""
        return SqliteRows(driver)

    def load(self, driver: sqlite3.Connection, customers: Mapping[UUID, int]) -> list[StreamRow]:
        """The snapshot, if any, then what followed, stream by stream."""
        rows = driver.execute(_LOAD, (_packed(customers),))
        return [StreamRow(stream, unpacked(customer), topic, state) for stream, _, customer, topic, state in rows]

    def history(self, driver: sqlite3.Connection, customer: UUID, partition: int) -> list[StreamRow]:
        """A whole stream in its order."""
        return _stream_rows(driver.execute(_HISTORY, (customer.bytes,)))

    def stored(self, driver: sqlite3.Connection, keys: Collection[tuple[int, UUID, UUID]]) -> list[StreamRow]:
        """The rows under (partition, customer, event id)."""
        packed = b"".join([customer.bytes + event_id.bytes for _, customer, event_id in keys])
        return _stream_rows(driver.execute(_STORED, (packed,)))

    def chunk(self, driver: sqlite3.Connection, cursors: Mapping[int, int], limit: int) -> list[ChunkRow]:
        """Rows after the cursor, in order."""
        return driver.execute(_CHUNK, (cursors[0], limit)).fetchall()


class SqliteRows:
    """The `RowsWritten` of SQLite, which has no second processor that could begin before all rows are there."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver
        self._rows: list[tuple[Any, ...]] = []

    def write(self, rows: Sequence[LogRow]) -> None:
        """Keep rows."""
        self._rows += map(_bound, rows)

    def give_up(self, _error: BaseException) -> None:
        """Nothing is under way before the end."""

    def finish(self, deadlines: Sequence[DeadlineRow], snapshots: Sequence[SnapshotRow]) -> int:
        """Write rows, deadlines and snapshots; returns the last position. Nobody can be woken."""
        *others, last = self._rows
        if others:
            self._driver.executemany(_APPEND, others)
        position = self._driver.execute(_APPEND, last).lastrowid or 0
        if snapshots:
            self._driver.executemany(_SAVE_SNAPSHOT, snapshots)
        if deadlines:
            rows = [(partition, stream, packed(customer), moment) for partition, stream, customer, moment in deadlines]
            self._driver.executemany(_SAVE_DEADLINES, rows)
        return position


def _bound(row: LogRow) -> tuple[Any, ...]:
    partition, stream, customer, version, topic, event_id, action, time, state = row
    named = None if event_id is None else bytearray(event_id)
    return partition, stream, bytearray(customer), version, topic, named, action, time, bytearray(state)


def _packed(customers: Iterable[UUID]) -> bytes:
    return b"".join([customer.bytes for customer in customers])


def _stream_rows(rows: Iterable[tuple[int, bytes, str, bytes]]) -> list[StreamRow]:
    return [StreamRow(stream, unpacked(customer), topic, state) for stream, customer, topic, state in rows]
