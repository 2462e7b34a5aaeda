"""Customers who were seen while somebody walked through the list of them, and so moved ahead of the place reached."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.engine import Connection

from ....domain.events import ActivityRecorded
from ....domain.moments import EARLIEST
from ...database.column_types import unpacked
from ...database.connections import driver
from ...database.dialects.dialect import dialect_of

# The event by which a customer got ahead: nothing that the customer did before it lies ahead, and there was a customer
# before these positions. Earlier events are looked at from the newest on, and of long streams by their index by time,
# so that one look tells of whoever was ahead already. Among those never seen, no event tells of who stood ahead.
_ON_POSTGRES = f"""
SELECT n.position, uuid_send(n.customer) FROM footfall.log AS n
WHERE n.partition = %(partition)s AND n.position > %(after)s AND n.position <= %(upto)s
AND n.topic = '{ActivityRecorded.topic}' AND n.version > 1 AND (%(seen)s OR n.customer < %(customer)s)
AND n.time >= %(moment)s + (n.customer < %(customer)s)::int
AND NOT EXISTS (
    SELECT FROM footfall.log AS e
    WHERE e.partition = %(partition)s AND e.stream = n.stream AND e.version < least(n.version, 65)
    AND e.topic = '{ActivityRecorded.topic}' AND e.time >= %(moment)s + (n.customer < %(customer)s)::int
    ORDER BY e.version DESC OFFSET 0
) AND NOT EXISTS (
    SELECT FROM footfall.log AS e
    WHERE e.partition = %(partition)s AND e.stream = n.stream AND e.version > 64 AND e.version < n.version
    AND e.action IS NOT NULL AND e.topic = '{ActivityRecorded.topic}'
    AND e.time >= %(moment)s + (n.customer < %(customer)s)::int
    ORDER BY e.time OFFSET 0
) AND EXISTS (
    SELECT FROM footfall.log AS f
    WHERE f.partition = %(partition)s AND f.stream = n.stream AND f.version = 1 AND f.position <= %(after)s OFFSET 0
)
ORDER BY n.position LIMIT %(limit)s
"""  # noqa: S608  # nothing but constants of ours
_ON_SQLITE = f"""
SELECT n.position, n.customer FROM footfall.log AS n NOT INDEXED
WHERE n.partition = :partition AND n.position > :after AND n.position <= :upto
AND n.topic = '{ActivityRecorded.topic}' AND n.version > 1 AND (:seen OR n.customer < :customer)
AND n.time >= :moment + (n.customer < :customer)
AND NOT EXISTS (
    SELECT 1 FROM footfall.log AS e INDEXED BY footfall_log_streams
    WHERE e.stream = n.stream AND e.version < min(n.version, 65)
    AND e.topic = '{ActivityRecorded.topic}' AND e.time >= :moment + (n.customer < :customer)
    ORDER BY e.version DESC
) AND NOT EXISTS (
    SELECT 1 FROM footfall.log AS e INDEXED BY footfall_log_long_by_time
    WHERE e.stream = n.stream AND e.version > 64 AND e.version < n.version
    AND e.action IS NOT NULL AND e.topic = '{ActivityRecorded.topic}'
    AND e.time >= :moment + (n.customer < :customer)
) AND EXISTS (
    SELECT 1 FROM footfall.log AS f INDEXED BY footfall_log_streams
    WHERE f.stream = n.stream AND f.version = 1 AND f.position <= :after
)
ORDER BY n.position LIMIT :limit
"""  # noqa: S608  # nothing but constants of ours


def moved_ahead(
    connection: Connection, partition: int, after: int, upto: int, place: tuple[int | None, UUID], limit: int
) -> list[tuple[int, UUID]]:
    """The customers of a partition whom events after one position and up to another brought before a place, or to it:
    a moment (µs) and, of those seen last at that moment, a uuid; without a moment, of those who were never seen. With
    the position of the event, in order, `limit` at most; those who came anew meanwhile are not among them."""
    dialect, (last_seen, customer) = dialect_of(connection), place
    read = dialect.pick(sqlite=_from_sqlite, postgres=_from_postgres)
    statement = dialect.naming.constant(dialect.pick(sqlite=_ON_SQLITE, postgres=_ON_POSTGRES))
    bounds = {"partition": partition, "after": after, "upto": upto, "limit": limit}
    bounds |= {"moment": EARLIEST if last_seen is None else last_seen, "seen": last_seen is not None}
    return [(position, unpacked(packed)) for position, packed in read(driver(connection), statement, bounds, customer)]


def _from_postgres(driver: Any, statement: str, bounds: dict[str, int], customer: UUID) -> Any:
    return driver.cursor(binary=True).execute(statement, {**bounds, "customer": customer}).fetchall()


def _from_sqlite(driver: Any, statement: str, bounds: dict[str, int], customer: UUID) -> Any:
    return driver.execute(statement, {**bounds, "customer": customer.bytes}).fetchall()
