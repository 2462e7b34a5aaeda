"""The statements on deadlines, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from ...database.column_types import in_columns
from ...database.connections import pipelined
from ...database.naming import Naming

Driver = psycopg.Connection[Any]

_PARTITIONS = """
SELECT p::int FROM generate_series(0, %s::int - 1) AS p
WHERE EXISTS (SELECT FROM footfall.due WHERE partition = p AND due_at < %s)
"""
# Whoever writes a deadline holds the lock of its partition: rows need none of their own.
_TAKE = "SELECT customer, stream FROM footfall.due WHERE partition = %s AND due_at < %s ORDER BY due_at LIMIT %s"
_MOVE = """
UPDATE footfall.due SET due_at = m.due_at
FROM unnest(%b::bigint[], %b::bigint[]) AS m (stream, due_at) WHERE due.stream = m.stream
"""
_FORGET = "DELETE FROM footfall.due WHERE stream = ANY(%b)"


class PostgresDeadlines:
    """The `DeadlineStatements` of PostgreSQL."""

    def __init__(self, partitions: int, naming: Naming) -> None:
        self._partitions, self._named = partitions, naming.constant

    def overdue_partitions(self, driver: Driver, now: int) -> list[int]:
        """The partitions of customers whose deadline lies before `now` (µs)."""
        return [row[0] for row in driver.execute(self._named(_PARTITIONS), (self._partitions, now), binary=True)]

    def take(self, driver: Driver, partition: int, now: int, limit: int) -> dict[UUID, int]:
        """Customers whose deadline has passed, and their streams."""
        return dict(driver.cursor(binary=True).execute(self._named(_TAKE), (partition, now, limit)).fetchall())

    def move(self, driver: Driver, deadlines: Sequence[tuple[int, int]], without: Sequence[int]) -> None:
        """Replace the deadlines (µs) of streams, and forget those of streams that have no open session."""
        with pipelined(driver):
            if deadlines:
                driver.execute(self._named(_MOVE), in_columns(deadlines), binary=True)
            if without:
                driver.execute(self._named(_FORGET), (list(without),), binary=True)
