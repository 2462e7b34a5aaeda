"""The statements on when to look at whose sessions, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from .log_statements import DueRow

Driver = psycopg.Connection[Any]

_SAVE = """
INSERT INTO due (partition, stream, customer, due_at)
SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::uuid[], %s::bigint[])
ON CONFLICT (stream) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < due.due_at
"""
_PARTITIONS = """
SELECT p::int FROM generate_series(0, %s::int - 1) AS p
WHERE EXISTS (SELECT FROM due WHERE partition = p AND due_at < %s)
"""
_TAKE = """
SELECT customer, stream FROM due WHERE partition = %s AND due_at < %s ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
_MOVE = """
UPDATE due SET due_at = m.due_at
FROM unnest(%s::bigint[], %s::bigint[]) AS m (stream, due_at) WHERE due.stream = m.stream
"""
_FORGET = "DELETE FROM due WHERE stream = ANY(%s)"


class PostgresDue:
    """The `DueStatements` of PostgreSQL."""

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions

    def save(self, driver: Driver, rows: Sequence[DueRow]) -> None:
        """Write when to look at customers, where that is earlier than what is written."""
        if rows:
            driver.execute(_SAVE, columns(rows), binary=True)

    def partitions(self, driver: Driver, now: int) -> list[int]:
        """The partitions where customers are to be looked at before `now` (µs)."""
        return [row[0] for row in driver.execute(_PARTITIONS, (self._partitions, now), binary=True)]

    def take(self, driver: Driver, partition: int, now: int, limit: int) -> dict[UUID, int]:
        """Customers to be looked at, and their streams; rows that anybody else holds are left to them."""
        return dict(driver.cursor(binary=True).execute(_TAKE, (partition, now, limit)).fetchall())

    def move(self, driver: Driver, deadlines: Sequence[tuple[int, int]], settled: Sequence[int]) -> None:
        """Write when (µs) to look at streams again, and forget those that are settled."""
        with driver.pipeline():
            if deadlines:
                driver.execute(_MOVE, columns(deadlines), binary=True)
            if settled:
                driver.execute(_FORGET, (list(settled),), binary=True)


def columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    """Rows turned into columns, as `unnest` takes them."""
    return [list(column) for column in zip(*rows, strict=True)]
