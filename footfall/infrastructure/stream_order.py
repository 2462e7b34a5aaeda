"""A partition read from end to end in the order of streams and versions, so that each stream comes in one piece."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import psycopg

from .connections import driver
from .database import Database
from .json_text import dumps
from .log_statements import OrderedRow

CHUNK = 10_000
"""So many rows are handed on at once."""

_POSTGRES = """
SELECT stream, position, uuid_send(customer), topic, state FROM log
WHERE partition = %s AND position <= %s AND topic <> ALL(%s) ORDER BY stream, version
"""
_SQLITE = """
SELECT stream, position, customer, topic, state, version FROM log INDEXED BY log_streams
WHERE (stream, version) > (?, ?) AND partition = 0 AND position <= ? AND topic NOT IN (SELECT value FROM json_each(?))
ORDER BY stream, version LIMIT ?
"""


def in_stream_order(
    database: Database, partition: int, head: int, needless: Collection[str]
) -> Iterator[list[OrderedRow]]:
    """The rows of a partition up to a position, but for some topics; a number of them at a time."""
    if not database.is_postgres:
        yield from _from_sqlite(database, head, needless)
        return
    with database.read() as connection:
        database.take_time(connection)
        yield from _from_postgres(driver(connection), partition, head, needless)


def _from_postgres(
    connection: psycopg.Connection[Any], partition: int, head: int, needless: Collection[str]
) -> Iterator[list[OrderedRow]]:
    # All of it will be read: a sort is planned, which need not go to the disk, not look-ups row by row.
    connection.execute("SET LOCAL work_mem = '64MB'")
    connection.execute("SET LOCAL cursor_tuple_fraction = 1")
    with connection.cursor("stream_order", binary=True) as cursor:
        cursor.execute(_POSTGRES, (partition, head, sorted(needless)))
        while rows := cursor.fetchmany(CHUNK):
            yield rows


def _from_sqlite(database: Database, head: int, needless: Collection[str]) -> Iterator[list[OrderedRow]]:
    # A transaction for each chunk: one over all of it would keep what is written meanwhile from being checkpointed.
    stream = version = 0
    names = dumps(sorted(needless))
    while True:
        with database.read() as connection:
            rows = driver(connection).execute(_SQLITE, (stream, version, head, names, CHUNK)).fetchall()
        if not rows:
            return
        stream, version = rows[-1][0], rows[-1][-1]
        yield [row[:-1] for row in rows]
