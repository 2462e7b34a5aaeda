"""The event log's statements on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from .log_statements import SNAPSHOT, ChunkRow, LogRow, StreamRow

_APPEND = """
INSERT INTO log (partition, customer, version, topic, event_id, action, time, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAVE_SNAPSHOT = "INSERT OR REPLACE INTO snapshots (customer, version, state) VALUES (?, ?, ?)"
_HEAD = "SELECT position FROM log WHERE partition = 0 ORDER BY position DESC LIMIT 1"
_CATALOGUE_HEAD = "SELECT position FROM log WHERE partition = -1 ORDER BY position DESC LIMIT 1"
_HISTORY = "SELECT customer, topic, state FROM log WHERE customer = ? ORDER BY version"
_CHUNK = """
SELECT partition, position, customer, topic, state FROM log
WHERE partition = 0 AND position > ? ORDER BY position LIMIT ?
"""
_WANT = "INSERT INTO temp.wanted (customer, event_id) VALUES (?, ?)"
_STREAMS = f"""
SELECT s.customer, s.version, '{SNAPSHOT}', s.state
FROM temp.wanted AS w CROSS JOIN snapshots AS s ON s.customer = w.customer
UNION ALL
SELECT l.customer, l.version, l.topic, l.state
FROM temp.wanted AS w
LEFT JOIN snapshots AS s ON s.customer = w.customer
CROSS JOIN log AS l ON l.customer = w.customer AND l.version > coalesce(s.version, 0)
ORDER BY 1, 2
"""  # noqa: S608  # the one value is a constant of ours
_STORED = """
SELECT l.customer, l.topic, l.state
FROM temp.wanted AS w CROSS JOIN log AS l ON l.customer = w.customer AND l.event_id = w.event_id
"""


class SqliteLog:
    """SQLite has one writer at a time, so its one partition needs no lock beyond the transaction's own."""

    def lock(self, driver: sqlite3.Connection, partitions: Collection[int]) -> None:
        """Nothing: `BEGIN IMMEDIATE` keeps other writers out."""

    def heads(self, driver: sqlite3.Connection, partitions: Collection[int]) -> dict[int, int]:
        """The last position of each partition, 0 where it is empty."""
        heads = {}
        for partition in partitions:
            row = driver.execute(_HEAD if partition >= 0 else _CATALOGUE_HEAD).fetchone()
            heads[partition] = row[0] if row else 0
        return heads

    def append(self, driver: sqlite3.Connection, rows: Sequence[LogRow]) -> None:
        """Write rows in bulk."""
        driver.executemany(
            _APPEND,
            [
                (partition, customer.bytes, version, topic, event_id and event_id.bytes, action, time, state)
                for partition, customer, version, topic, event_id, action, time, state in rows
            ],
        )

    def save_snapshots(self, driver: sqlite3.Connection, snapshots: Iterable[tuple[UUID, int, bytes]]) -> None:
        """Write or replace snapshots."""
        driver.executemany(_SAVE_SNAPSHOT, [(customer.bytes, version, state) for customer, version, state in snapshots])

    def streams(self, driver: sqlite3.Connection, customers: Mapping[UUID, int]) -> list[StreamRow]:
        """The snapshot, if any, then what followed, in stream order."""
        _want(driver, [(customer.bytes, None) for customer in customers])
        rows = driver.execute(_STREAMS)
        return [StreamRow(UUID(bytes=customer), topic, state) for customer, _, topic, state in rows]

    def history(self, driver: sqlite3.Connection, customer: UUID, partition: int) -> list[StreamRow]:
        """A whole stream in its order."""
        return _stream_rows(driver.execute(_HISTORY, (customer.bytes,)))

    def stored(self, driver: sqlite3.Connection, keys: Collection[tuple[int, UUID, UUID]]) -> list[StreamRow]:
        """The rows under (partition, customer, event id)."""
        _want(driver, [(customer.bytes, event_id.bytes) for _, customer, event_id in keys])
        return _stream_rows(driver.execute(_STORED))

    def chunk(self, driver: sqlite3.Connection, cursors: Mapping[int, int], limit: int) -> list[ChunkRow]:
        """Rows after the cursor, in order."""
        rows = driver.execute(_CHUNK, (cursors[0], limit))
        return [ChunkRow(partition, position, UUID(bytes=who), *rest) for partition, position, who, *rest in rows]


def _want(driver: sqlite3.Connection, keys: list[tuple[bytes, bytes | None]]) -> None:
    driver.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (customer BLOB, event_id BLOB)")
    driver.execute("DELETE FROM temp.wanted")
    driver.executemany(_WANT, keys)


def _stream_rows(rows: Iterable[tuple[bytes, str, bytes]]) -> list[StreamRow]:
    return [StreamRow(UUID(bytes=customer), topic, state) for customer, topic, state in rows]
