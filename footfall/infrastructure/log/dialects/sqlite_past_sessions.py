"""The statements on past sessions, on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from .statements import PastRows

_STREAM = "SELECT stream FROM footfall_streams WHERE customer = ?"
_FROM = "SELECT deadline, state FROM footfall_past_sessions WHERE stream = ? AND deadline >= ? ORDER BY deadline"
_OPEN = "SELECT state FROM footfall_past_sessions WHERE stream = ? AND NOT ended ORDER BY deadline LIMIT ?"
_ADD = "INSERT INTO footfall_past_sessions (stream, deadline, ended, state) VALUES (?, ?, ?, ?)"


class SqlitePastSessions:
    """The `PastSessionStatements` of SQLite, where a statement is no journey: so it is one for each span."""

    def load(self, driver: sqlite3.Connection, spans: Sequence[tuple[UUID, int, int]]) -> Iterator[tuple[UUID, bytes]]:
        """Past sessions whose deadlines lie in spans (customer, from, to), and the first after each span."""
        for customer, since, until in spans:
            for deadline, state in driver.execute(_FROM, (_stream(driver, customer), since)):
                yield customer, state
                if deadline > until:
                    break

    def load_open(
        self, driver: sqlite3.Connection, customers: Collection[UUID], limit: int
    ) -> Iterator[tuple[UUID, bytes]]:
        """The first `limit` past sessions of each customer whose end is not announced, in order."""
        for customer in customers:
            for (state,) in driver.execute(_OPEN, (_stream(driver, customer), limit)):
                yield customer, state

    def change(self, driver: sqlite3.Connection, rows: PastRows) -> None:
        """Take rows out, and put rows in."""
        driver.executemany(
            "DELETE FROM footfall_past_sessions WHERE stream = ?", [(stream,) for stream in rows.cleared]
        )
        driver.executemany("DELETE FROM footfall_past_sessions WHERE stream = ? AND deadline = ?", rows.removed)
        driver.executemany(_ADD, rows.added)


def _stream(driver: sqlite3.Connection, customer: UUID) -> int:
    stream: int = driver.execute(_STREAM, (customer.bytes,)).fetchone()[0]
    return stream
