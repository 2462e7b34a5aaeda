"""Reads of a stream by event time, on PostgreSQL."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from ...database.naming import Naming

Driver = psycopg.Connection[Any]

# Two parts: the beginning of a stream, which is short, and what the indexes of long streams hold.
_STREAM = "partition = %(partition)s AND stream = (SELECT stream FROM footfall.streams WHERE customer = %(customer)s)"
_UNTIL = f"""
SELECT topic, state FROM footfall.log WHERE {_STREAM} AND version <= 64 AND time <= %(moment)s
UNION ALL
SELECT topic, state FROM footfall.log WHERE {_STREAM} AND version > 64 AND action IS NOT NULL AND time <= %(moment)s
UNION ALL
SELECT topic, state FROM footfall.log WHERE {_STREAM} AND version > 64 AND action IS NULL AND time <= %(moment)s
"""  # noqa: S608  # nothing but constants of ours
_BETWEEN = "time >= %(since)s AND time < %(until)s"
_NEWEST = f"""
SELECT topic, state FROM (
    (SELECT topic, state, time FROM footfall.log
     WHERE {_STREAM} AND version <= 64 AND action IS NOT NULL AND {_BETWEEN})
    UNION ALL
    (SELECT topic, state, time FROM footfall.log
     WHERE {_STREAM} AND version > 64 AND action IS NOT NULL AND {_BETWEEN}
     ORDER BY time DESC LIMIT %(limit)s)
) AS newest
ORDER BY time DESC LIMIT %(limit)s
"""  # noqa: S608  # nothing but constants of ours


class PostgresByTime:
    """The `ByTimeStatements` of PostgreSQL."""

    def __init__(self, naming: Naming) -> None:
        self._named = naming.constant

    def until(self, driver: Driver, customer: UUID, partition: int, moment: int) -> list[tuple[str, bytes]]:
        """The events of a stream up to a moment (µs), in no order."""
        return _rows(driver, self._named(_UNTIL), {"customer": customer, "partition": partition, "moment": moment})

    def newest(
        self, driver: Driver, customer: UUID, partition: int, since: int, until: int, limit: int | None
    ) -> list[tuple[str, bytes]]:
        """The newest events of a stream but for attributes, the last one first."""
        key = {"customer": customer, "partition": partition}
        bounds = {"since": since, "until": until, "limit": limit}
        return _rows(driver, self._named(_NEWEST), {**key, **bounds})


def _rows(driver: Driver, statement: str, parameters: dict[str, Any]) -> list[Any]:
    return driver.cursor(binary=True).execute(statement, parameters).fetchall()
