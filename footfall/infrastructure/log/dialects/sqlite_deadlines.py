"""The statements on deadlines, on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from uuid import UUID

from ...database.column_types import unpacked

_ANY = "SELECT EXISTS (SELECT 1 FROM footfall_due WHERE partition = 0 AND due_at < ?)"
_TAKE = "SELECT customer, stream FROM footfall_due WHERE partition = ? AND due_at < ? ORDER BY due_at LIMIT ?"


class SqliteDeadlines:
    """The `DeadlineStatements` of SQLite."""

    def overdue_partitions(self, driver: sqlite3.Connection, now: int) -> list[int]:
        """The one partition, if a deadline in it lies before `now` (µs)."""
        return [0] if driver.execute(_ANY, (now,)).fetchone()[0] else []

    def take(self, driver: sqlite3.Connection, partition: int, now: int, limit: int) -> dict[UUID, int]:
        """Customers whose deadline has passed, and their streams."""
        rows = driver.execute(_TAKE, (partition, now, limit))
        return {unpacked(customer): stream for customer, stream in rows}

    def move(self, driver: sqlite3.Connection, deadlines: Sequence[tuple[int, int]], without: Sequence[int]) -> None:
        """Replace the deadlines (µs) of streams, and forget those of streams that have no open session."""
        driver.executemany("UPDATE footfall_due SET due_at = ?2 WHERE stream = ?1", deadlines)
        driver.executemany("DELETE FROM footfall_due WHERE stream = ?", [(stream,) for stream in without])
