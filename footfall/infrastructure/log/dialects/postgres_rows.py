"""Rows on their way into the log on PostgreSQL, and what is written beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import psycopg

from ....application.running.throttle import Throttle
from ...database.column_types import in_columns, unpacked
from ...database.connections import copying, pipelined
from .postgres_channel import NOTIFY
from .statements import DeadlineRow, LogRow, SnapshotRow

# COPY makes journeys of its own; so few rows are there as soon by a statement that shares one with all the rest.
_FEW = 100
_COPY = """
COPY footfall.log (partition, stream, customer, version, topic, event_id, action, time, state)
FROM STDIN (FORMAT BINARY)
"""
# Sixteen bytes are what COPY takes for a uuid.
_COPY_TYPES = ("int2", "int8", "bytea", "int4", "text", "bytea", "text", "int8", "bytea")
_INSERT = """
INSERT INTO footfall.log (partition, stream, customer, version, topic, event_id, action, time, state)
SELECT * FROM unnest(
    %b::smallint[], %b::bigint[], %b::uuid[], %b::int[], %b::text[], %b::uuid[], %b::text[], %b::bigint[], %b::bytea[]
)
"""
_SAVE_DEADLINES = """
INSERT INTO footfall.due (partition, stream, customer, due_at)
SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::uuid[], %b::bigint[])
ON CONFLICT (stream) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < due.due_at
"""
_SAVE_SNAPSHOTS = """
INSERT INTO footfall.snapshots (stream, version, state)
SELECT * FROM unnest(%b::bigint[], %b::int[], %b::bytea[])
ON CONFLICT (stream) DO UPDATE SET version = excluded.version, state = excluded.state
"""
_LAST = "SELECT currval('footfall.log_position_seq')"


class PostgresRows:
    """The `RowsWritten` of PostgreSQL: the first rows wait, in case that there are few; then all go by one COPY, which
    the server takes in while those that follow are made."""

    def __init__(self, driver: psycopg.Connection[Any], named: Callable[[str], str], notifying: Throttle) -> None:
        self._driver, self._named, self._notifying = driver, named, notifying
        self._under_way = ExitStack()
        self._few: list[LogRow] = []
        self._copy: Callable[[LogRow], None] | None = None

    def write(self, rows: Sequence[LogRow]) -> None:
        """Write rows, which may be under way for a while."""
        if self._copy is None:
            self._few += rows
            if len(self._few) <= _FEW:
                return
            begun = copying(self._driver, self._named(_COPY), _COPY_TYPES)
            self._copy, rows, self._few = self._under_way.enter_context(begun), self._few, []
        for row in rows:
            self._copy(row)

    def give_up(self, error: BaseException) -> None:
        """Have the server forget what it was given."""
        self._under_way.__exit__(type(error), error, error.__traceback__)

    def finish(self, deadlines: Sequence[DeadlineRow], snapshots: Sequence[SnapshotRow]) -> int:
        """Write deadlines and snapshots, wake who listens; returns the position of the last row."""
        self._under_way.close()
        with self._notifying.turn() as is_time, pipelined(self._driver):
            if self._few:
                self._execute(_INSERT, list(map(_inserted, self._few)))
            if snapshots:
                self._execute(_SAVE_SNAPSHOTS, snapshots)
            if deadlines:
                self._execute(_SAVE_DEADLINES, deadlines)
            if is_time:
                self._driver.execute(NOTIFY)
            last = self._driver.cursor(binary=True).execute(self._named(_LAST))
        position: tuple[int] = last.fetchall()[0]
        return position[0]

    def _execute(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        self._driver.execute(self._named(statement), in_columns(rows), binary=True)


def _inserted(row: LogRow) -> tuple[Any, ...]:
    partition, stream, customer, version, topic, event_id, action, time, state = row
    named = None if event_id is None else unpacked(event_id)
    return partition, stream, unpacked(customer), version, topic, named, action, time, state
