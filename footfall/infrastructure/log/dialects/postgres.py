"""The event log's statements on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import starmap
from typing import Any
from uuid import UUID
from zlib import crc32

import psycopg
from psycopg import Cursor
from psycopg.pq import TransactionStatus

from ....application.ports.log import CATALOGUE_PARTITION
from ....application.running.throttle import Throttle
from ...database.connections import pipelined
from ...database.dialects.postgres import PostgresDialect
from .postgres_at_once import PostgresAtOnce
from .postgres_by_time import PostgresByTime
from .postgres_channel import NOTIFY
from .postgres_deadlines import PostgresDeadlines
from .postgres_heads import heads_of
from .postgres_past_sessions import PostgresPastSessions
from .postgres_rows import PostgresRows
from .statements import SNAPSHOT, ChunkRow, StreamRow

Driver = psycopg.Connection[Any]

# Ascending order, so that two writers never wait for each other in a circle.
_LOCK = "SELECT pg_advisory_xact_lock(%s, p) FROM (SELECT p FROM unnest(%b::int[]) AS p ORDER BY p) AS ordered"
HEAD = "SELECT {0}::int, coalesce(max(position), 0) FROM footfall.log WHERE partition = {0}"
_HEADS_OF_ONE = heads_of([CATALOGUE_PARTITION, "%s"])
_ALLOTTED = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM footfall.log_position_seq"
_WAIT_FOR_WRITER = "SELECT pg_advisory_xact_lock_shared(%s, %s)"
_NUMBER = """
INSERT INTO footfall.streams (customer)
SELECT unnest(%b::uuid[]) ON CONFLICT (customer) DO NOTHING RETURNING customer, stream
"""
_NUMBERED = "SELECT customer, stream FROM footfall.streams WHERE customer = ANY(%b)"
# OFFSET 0 keeps a look-up a look-up: joined with the whole log, it would be planned by the average length of streams,
# and one customer with very many events would make a scan of the log look cheaper.
_LOAD = f"""
WITH wanted AS MATERIALIZED (
    SELECT s.stream, s.customer, w.partition, p.version, p.state
    FROM unnest(%b::uuid[], %b::smallint[]) AS w (customer, partition)
    JOIN footfall.streams AS s ON s.customer = w.customer
    LEFT JOIN footfall.snapshots AS p ON p.stream = s.stream
)
SELECT stream, version, customer, '{SNAPSHOT}' AS topic, state FROM wanted WHERE version IS NOT NULL
UNION ALL
SELECT l.stream, l.version, l.customer, l.topic, l.state
FROM wanted AS w CROSS JOIN LATERAL (
    SELECT * FROM footfall.log WHERE partition = w.partition AND stream = w.stream AND version > coalesce(w.version, 0)
    ORDER BY version OFFSET 0
) AS l
ORDER BY stream, version
"""  # noqa: S608  # the one value is a constant of ours
_HISTORY = """
SELECT stream, customer, topic, state FROM footfall.log
WHERE partition = %s AND stream = (SELECT stream FROM footfall.streams WHERE customer = %s) ORDER BY version
"""
_STORED = """
SELECT l.stream, l.customer, l.topic, l.state
FROM unnest(%b::smallint[], %b::uuid[], %b::uuid[]) AS w (partition, customer, event_id)
JOIN footfall.streams AS s ON s.customer = w.customer
CROSS JOIN LATERAL (
    SELECT * FROM footfall.log
    WHERE partition = w.partition AND stream = s.stream AND event_id = w.event_id
    AND topic IN ('activity', 'attributes')
    OFFSET 0
) AS l
"""
_CHUNK = """
SELECT l.* FROM unnest(%b::smallint[], %b::bigint[]) AS c (partition, position)
CROSS JOIN LATERAL (
    SELECT partition, position, uuid_send(customer), topic, state FROM footfall.log
    WHERE partition = c.partition AND position > c.position ORDER BY position LIMIT %s
) AS l
"""


class PostgresLog:
    """A writer holds an advisory lock for each partition it writes, so that within a partition the order of
    commits is the order of positions and a follower with a cursor misses nothing."""

    def __init__(self, partitions: int, notify_seconds: float, dialect: PostgresDialect) -> None:
        # Advisory locks are the database's: stores in different schemas must not wait for each other.
        self._lock_space = crc32(str(dialect.naming.schema).encode()) >> 1
        self._partitions = range(CATALOGUE_PARTITION, partitions)
        self._set_up, self._named = dialect.set_up, dialect.naming.constant
        self._heads_of_all = dialect.naming(heads_of(self._partitions))
        self.deadlines = PostgresDeadlines(partitions, dialect.naming)
        self.past_sessions = PostgresPastSessions(dialect.naming)
        self.by_time = PostgresByTime(dialect.naming)
        self._notifying = Throttle(notify_seconds)
        self.at_once = PostgresAtOnce(
            self._lock_space, partitions, dialect.set_up, NOTIFY, self._notifying, dialect.naming
        )

    def lock(self, driver: Driver, partitions: Collection[int]) -> dict[int, int]:
        """Keep other writers out of partitions until the transaction ends; returns their last positions, and the
        catalogue's."""
        begun = driver.pgconn.transaction_status != TransactionStatus.IDLE
        with pipelined(driver):  # one journey for all; each statement still begins after the one before has ended
            if not begun:
                driver.execute("BEGIN")
                driver.execute(self._set_up)
            driver.execute(_LOCK, (self._lock_space, list(partitions)))
            found = self._heads(driver, partitions)
        heads: dict[int, int] = dict(found.fetchall())
        return {partition: heads[partition] for partition in (CATALOGUE_PARTITION, *partitions)}

    def heads(self, driver: Driver) -> dict[int, int]:
        """The last position of each partition, 0 where it is empty."""
        return dict(self._heads(driver, self._partitions).fetchall())

    def settled(self, driver: Driver, known: int) -> int:
        """The last position that was given out, once every writer who may have been given one before has ended.

        A writer takes positions while it holds the lock of its partition. To have had that lock for a moment, after
        positions were looked at, is to know that whoever held it is done. One lock at a time, let go at once: who
        comes meanwhile waits no longer than for the writer before it.
        """
        allotted = _first(_query(driver, self._named(_ALLOTTED), ()))
        if allotted > known:
            with pipelined(driver):
                driver.execute("SAVEPOINT before")
                for partition in self._partitions:
                    driver.execute(_WAIT_FOR_WRITER, (self._lock_space, partition))
                    driver.execute("ROLLBACK TO SAVEPOINT before")
        return max(known, allotted)

    def number(self, driver: Driver, customers: Collection[UUID]) -> dict[UUID, int]:
        """The numbers of customers' streams, given to those that have none."""
        numbers: dict[UUID, int] = dict(_query(driver, self._named(_NUMBER), (list(customers),)).fetchall())
        if len(numbers) < len(customers):
            numbers |= _query(driver, self._named(_NUMBERED), (list(customers),)).fetchall()
        return numbers

    def writing(self, driver: Driver) -> PostgresRows:
        """Begin to write rows to the log."""
        return PostgresRows(driver, self._named, self._notifying)

    def load(self, driver: Driver, customers: Mapping[UUID, int]) -> list[StreamRow]:
        """The snapshot, if any, then what followed, stream by stream."""
        rows = _query(driver, self._named(_LOAD), (list(customers), list(customers.values())))
        return [StreamRow(stream, customer, topic, state) for stream, _, customer, topic, state in rows]

    def history(self, driver: Driver, customer: UUID, partition: int) -> list[StreamRow]:
        """A whole stream in its order."""
        return list(starmap(StreamRow, _query(driver, self._named(_HISTORY), (partition, customer))))

    def stored(self, driver: Driver, keys: Collection[tuple[int, UUID, UUID]]) -> list[StreamRow]:
        """The rows under (partition, customer, event id)."""
        partitions, customers, event_ids = zip(*keys, strict=True)
        return list(
            starmap(
                StreamRow, _query(driver, self._named(_STORED), (list(partitions), list(customers), list(event_ids)))
            )
        )

    def chunk(self, driver: Driver, cursors: Mapping[int, int], limit: int) -> list[ChunkRow]:
        """Rows after each partition's cursor, in order within it."""
        share = -(-limit // len(cursors))
        return _query(driver, self._named(_CHUNK), (list(cursors), list(cursors.values()), share)).fetchall()

    def _heads(self, driver: Driver, partitions: Collection[int]) -> Cursor[Any]:
        """Those of some partitions and the catalogue's, maybe others beside."""
        if len(partitions) > 1:
            return _query(driver, self._heads_of_all, ())
        partition = max(partitions, default=CATALOGUE_PARTITION)
        return _query(driver, self._named(_HEADS_OF_ONE), (partition, partition))


def _first(cursor: Cursor[Any]) -> int:
    found: tuple[int] = cursor.fetchall()[0]
    return found[0]


def _query(driver: Driver, statement: str, parameters: Sequence[Any]) -> Cursor[Any]:
    return driver.cursor(binary=True).execute(statement, parameters)
