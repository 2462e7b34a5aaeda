"""The statements on past sessions, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg

from ...database.column_types import in_columns
from ...database.connections import pipelined
from ...database.naming import Naming
from .statements import PastRows

Driver = psycopg.Connection[Any]

# OFFSET 0 and LIMIT keep each look-up a look-up: one customer may have most of the rows.
_LOAD = """
SELECT w.customer, p.state
FROM unnest(%b::uuid[], %b::bigint[], %b::bigint[]) AS w (customer, since, until)
JOIN footfall.streams AS s ON s.customer = w.customer
CROSS JOIN LATERAL (
    (SELECT state FROM footfall.past_sessions
    WHERE stream = s.stream AND deadline BETWEEN w.since AND w.until OFFSET 0)
    UNION ALL
    (SELECT state FROM footfall.past_sessions WHERE stream = s.stream AND deadline > w.until ORDER BY deadline LIMIT 1)
) AS p
"""
_LOAD_OPEN = """
SELECT s.customer, p.state
FROM footfall.streams AS s
CROSS JOIN LATERAL (
    SELECT deadline, state FROM footfall.past_sessions WHERE stream = s.stream AND NOT ended ORDER BY deadline LIMIT %s
) AS p
WHERE s.customer = ANY(%b) ORDER BY s.customer, p.deadline
"""
_CLEAR = "DELETE FROM footfall.past_sessions WHERE stream = ANY(%b)"
_REMOVE = """
DELETE FROM footfall.past_sessions AS p USING unnest(%b::bigint[], %b::bigint[]) AS w (stream, deadline)
WHERE p.stream = w.stream AND p.deadline = w.deadline
"""
_ADD = """
INSERT INTO footfall.past_sessions (stream, deadline, ended, state)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::boolean[], %b::bytea[])
"""


class PostgresPastSessions:
    """The `PastSessionStatements` of PostgreSQL."""

    def __init__(self, naming: Naming) -> None:
        self._named = naming.constant

    def load(self, driver: Driver, spans: Sequence[tuple[UUID, int, int]]) -> Iterable[tuple[UUID, bytes]]:
        """Past sessions whose deadlines lie in spans (customer, from, to), and the first after each span."""
        rows: Iterable[tuple[UUID, bytes]] = driver.cursor(binary=True).execute(self._named(_LOAD), in_columns(spans))
        return rows

    def load_open(self, driver: Driver, customers: Collection[UUID], limit: int) -> Iterable[tuple[UUID, bytes]]:
        """The first `limit` past sessions of each customer whose end is not announced, in order."""
        rows: Iterable[tuple[UUID, bytes]] = driver.cursor(binary=True).execute(
            self._named(_LOAD_OPEN), (limit, list(customers))
        )
        return rows

    def change(self, driver: Driver, rows: PastRows) -> None:
        """Take rows out, and put rows in."""
        with pipelined(driver):
            if rows.cleared:
                driver.execute(self._named(_CLEAR), (list(rows.cleared),), binary=True)
            if rows.removed:
                driver.execute(self._named(_REMOVE), in_columns(rows.removed), binary=True)
            if rows.added:
                driver.execute(self._named(_ADD), in_columns(rows.added), binary=True)
