"""The log read from end to end, one stream after the other."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...domain.events import ActivityRecorded
from ..database.column_types import dumps
from ..database.connections import driver
from ..database.database import Database
from .codec import decode
from .dialects.statements import OrderedRow
from .tables import log

CHUNK = 10_000
"""At most this many rows are handed on at once."""

_POSTGRES = """
SELECT partition, stream, position, uuid_send(customer), topic, state FROM footfall.log
WHERE partition = %s AND position <= %s AND topic <> ALL(%s) ORDER BY stream, version
"""
_SQLITE = """
SELECT partition, stream, position, customer, topic, state FROM footfall.log INDEXED BY footfall_log_streams
WHERE (stream, version) > (?, ?) AND partition = ? AND position <= ? AND topic NOT IN (SELECT value FROM json_each(?))
ORDER BY stream, version LIMIT ?
"""
_PLACE = "SELECT stream, version FROM footfall.log WHERE position = ?"


def in_stream_order(
    database: Database, partition: int, head: int, unneeded: Collection[str]
) -> Generator[list[OrderedRow], None, None]:
    """The rows of a partition up to a position, but for some topics; a number of them at a time."""
    read = database.dialect.pick(sqlite=_from_sqlite, postgres=_from_postgres)
    yield from read(database, partition, head, unneeded)


def _from_postgres(
    database: Database, partition: int, head: int, unneeded: Collection[str]
) -> Iterator[list[OrderedRow]]:
    with database.read() as connection:
        database.dialect.take_time(connection)
        raw: psycopg.Connection[Any] = driver(connection)
        # All of it will be read: a sort is planned, which need not go to the disk, not look-ups row by row.
        statement = database.dialect.naming.constant(_POSTGRES)
        raw.execute("SET LOCAL work_mem = '64MB'")
        raw.execute("SET LOCAL cursor_tuple_fraction = 1")
        with raw.cursor("stream_order", binary=True) as cursor:
            cursor.execute(statement, (partition, head, sorted(unneeded)))
            while rows := cursor.fetchmany(CHUNK):
                yield rows


def _from_sqlite(
    database: Database, partition: int, head: int, unneeded: Collection[str]
) -> Iterator[list[OrderedRow]]:
    # A transaction for each chunk: one over all of it would keep what is written meanwhile from being checkpointed.
    place = (0, 0)
    names, statement = dumps(sorted(unneeded)), database.dialect.naming.constant(_SQLITE)
    while True:
        with database.read() as connection:
            raw = driver(connection)
            rows = raw.execute(statement, (*place, partition, head, names, CHUNK)).fetchall()
            if not rows:
                return
            place = raw.execute(database.dialect.naming.constant(_PLACE), (rows[-1][2],)).fetchone()
        yield rows


def activity(connection: Connection, partition: int) -> Iterator[list[ActivityRecorded]]:
    """The activity events of every customer of a partition, one customer after the other."""
    query = (
        sa.select(log.c.stream, log.c.state)
        .where(log.c.partition == partition, log.c.topic == ActivityRecorded.topic)
        .order_by(log.c.stream, log.c.version)
    )
    rows = connection.execute(query, execution_options={"yield_per": 5_000})
    for _, stream in groupby(rows, key=itemgetter(0)):
        yield [decode(ActivityRecorded.topic, row.state) for row in stream]
