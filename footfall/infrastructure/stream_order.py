"""One partition of the log read customer by customer, as a replay folds it."""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import Any

import psycopg
from psycopg.sql import SQL, Literal

from .codec import TOPICS
from .database import Database, driver
from .json_text import dumps

StreamOrderRow = tuple[int, int, bytes, str, bytes, int]
"""Partition, position, customer (sixteen bytes), topic, state, version."""

_READ_AT_ONCE = 8_000
_TYPES = ("int2", "int8", "bytea", "text", "bytea", "int4")
_POSTGRES = SQL("""
COPY (
    SELECT partition, position, uuid_send(customer), topic, state, version FROM log
    WHERE partition = {} AND position <= {} AND topic <> ALL ({}) ORDER BY stream, version
) TO STDOUT (FORMAT BINARY)
""")
_SQLITE = """
SELECT partition, position, customer, topic, state, version, stream FROM log INDEXED BY log_streams
WHERE (stream, version) > (?, ?) AND partition = 0 AND position <= ? AND topic NOT IN (SELECT value FROM json_each(?))
ORDER BY stream, version LIMIT ?
"""


def read(
    database: Database, partition: int, head: int, topics: Collection[str]
) -> Generator[StreamOrderRow, None, None]:
    """The rows up to a head that was read before. Those of other topics are passed over, but not what is stored under
    a topic that nobody knows or that is retired."""
    passed_over = sorted(TOPICS.difference(topics))
    return (_postgres if database.is_postgres else _sqlite)(database, partition, head, passed_over)


def _postgres(
    database: Database, partition: int, head: int, passed_over: list[str]
) -> Generator[StreamOrderRow, None, None]:
    with database.read() as connection:
        raw: psycopg.Connection[Any] = driver(connection)
        raw.execute("SET LOCAL work_mem = '64MB'")  # it sorts a whole partition
        query = _POSTGRES.format(Literal(partition), Literal(head), Literal(passed_over))
        with raw.cursor().copy(query) as copy:
            copy.set_types(_TYPES)
            yield from copy.rows()


def _sqlite(
    database: Database, _partition: int, head: int, passed_over: list[str]
) -> Generator[StreamOrderRow, None, None]:
    # Some at a time: a read that goes on for long would keep the log of writes from being copied back.
    names = dumps(passed_over)
    stream = version = 0
    while True:
        with database.read() as connection:
            rows = driver(connection).execute(_SQLITE, (stream, version, head, names, _READ_AT_ONCE)).fetchall()
        for row in rows:
            yield row[:6]
        if len(rows) < _READ_AT_ONCE:
            return
        *_, version, stream = rows[-1]
