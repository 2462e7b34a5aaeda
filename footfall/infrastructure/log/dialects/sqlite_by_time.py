"""Reads of a stream by event time, on SQLite."""

from __future__ import annotations

import sqlite3
from uuid import UUID

# Two parts: the beginning of a stream, which is short, and what the indexes of long streams hold. The planner is told
# which index, as everywhere: it would rather read the whole stream and sort it.
_STREAM = "SELECT stream FROM footfall_streams WHERE customer = ?1"
_COLUMNS = "topic, state, time"
_UNTIL = f"""
SELECT topic, state FROM footfall_log INDEXED BY footfall_log_streams
WHERE stream = ({_STREAM}) AND version <= 64 AND time <= ?2
UNION ALL
SELECT topic, state FROM footfall_log INDEXED BY footfall_log_long_by_time
WHERE stream = ({_STREAM}) AND version > 64 AND action IS NOT NULL AND time <= ?2
UNION ALL
SELECT topic, state FROM footfall_log INDEXED BY footfall_log_long_attributes
WHERE stream = ({_STREAM}) AND version > 64 AND action IS NULL AND time <= ?2
"""  # noqa: S608  # nothing but constants of ours
_BETWEEN = "time >= ?3 AND time < ?4"
_NEWEST = f"""
SELECT topic, state FROM (
    SELECT * FROM (
        SELECT {_COLUMNS} FROM footfall_log INDEXED BY footfall_log_streams
        WHERE stream = ({_STREAM}) AND version <= 64 AND action IS NOT NULL AND {_BETWEEN}
    )
    UNION ALL
    SELECT * FROM (
        SELECT {_COLUMNS} FROM footfall_log INDEXED BY footfall_log_long_by_time
        WHERE stream = ({_STREAM}) AND version > 64 AND action IS NOT NULL AND {_BETWEEN}
        ORDER BY time DESC LIMIT ?2
    )
)
ORDER BY time DESC LIMIT ?2
"""  # noqa: S608  # nothing but constants of ours
_ALL = -1


class SqliteByTime:
    """The `ByTimeStatements` of SQLite."""

    def until(
        self, driver: sqlite3.Connection, customer: UUID, _partition: int, moment: int
    ) -> list[tuple[str, bytes]]:
        """The events of a stream up to a moment (µs), in no order."""
        return driver.execute(_UNTIL, (customer.bytes, moment)).fetchall()

    def newest(
        self,
        driver: sqlite3.Connection,
        customer: UUID,
        _partition: int,
        since: int,
        until: int,
        limit: int | None,
    ) -> list[tuple[str, bytes]]:
        """The newest events of a stream but for attributes, the last one first."""
        most = _ALL if limit is None else limit
        return driver.execute(_NEWEST, (customer.bytes, most, since, until)).fetchall()
