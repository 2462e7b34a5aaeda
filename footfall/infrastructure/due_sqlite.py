"""The statements on when to look at whose sessions, on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from uuid import UUID

from .conversions import unpacked
from .log_statements import DueRow

_SAVE = """
INSERT INTO due (partition, stream, customer, due_at) VALUES (?, ?, ?, ?)
ON CONFLICT (stream) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < due.due_at
"""
_ANY = "SELECT EXISTS (SELECT 1 FROM due WHERE partition = 0 AND due_at < ?)"
_TAKE = "SELECT customer, stream FROM due WHERE partition = ? AND due_at < ? ORDER BY due_at LIMIT ?"


class SqliteDue:
    """The `DueStatements` of SQLite."""

    def save(self, driver: sqlite3.Connection, rows: Sequence[DueRow]) -> None:
        """Write when to look at customers, where that is earlier than what is written."""
        driver.executemany(_SAVE, [(at, stream, customer.bytes, moment) for at, stream, customer, moment in rows])

    def partitions(self, driver: sqlite3.Connection, now: int) -> list[int]:
        """The one partition, if customers are to be looked at before `now` (µs)."""
        return [0] if driver.execute(_ANY, (now,)).fetchone()[0] else []

    def take(self, driver: sqlite3.Connection, partition: int, now: int, limit: int) -> dict[UUID, int]:
        """Customers to be looked at, and their streams."""
        rows = driver.execute(_TAKE, (partition, now, limit))
        return {unpacked(customer): stream for customer, stream in rows}

    def move(self, driver: sqlite3.Connection, deadlines: Sequence[tuple[int, int]], settled: Sequence[int]) -> None:
        """Write when (µs) to look at streams again, and forget those that are settled."""
        driver.executemany("UPDATE due SET due_at = ?2 WHERE stream = ?1", deadlines)
        driver.executemany("DELETE FROM due WHERE stream = ?", [(stream,) for stream in settled])
