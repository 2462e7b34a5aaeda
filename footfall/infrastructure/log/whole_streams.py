"""Whole streams of all partitions, a range of their numbers at a time, as one transaction sees them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..database.column_types import dumps
from ..database.connections import driver
from ..database.naming import Naming
from . import scans
from .dialects.statements import OrderedRow
from .event_log import EventLog
from .tables import streams

_SQLITE = """
SELECT partition, stream, position, customer, topic, state FROM footfall.log INDEXED BY footfall_log_streams
WHERE stream > ? AND stream <= ? AND partition = 0 AND topic NOT IN (SELECT value FROM json_each(?))
ORDER BY stream, version
"""
# A branch for each partition, so that each is asked by its index, which begins with the partition.
_BRANCH = """
SELECT * FROM footfall.log
WHERE partition = {} AND stream > %(after)s AND stream <= %(upto)s AND topic <> ALL(%(unneeded)s)
"""
_POSTGRES = """
SELECT partition, stream, position, uuid_send(customer), topic, state FROM ({}) AS l ORDER BY stream, version
"""


class WholeStreams(NamedTuple):
    """The rows of all streams after one number and up to another, some at a time: of one stream very many, of several
    about as many as are handed on at once."""

    after: int
    upto: int
    pieces: Iterator[list[OrderedRow]]
    cut: bool
    """Whether there were more than that in the range that was asked for."""


def last_stream(connection: Connection) -> int:
    """The highest number that a stream has, 0 where there is none."""
    return connection.scalar(sa.select(sa.func.coalesce(sa.func.max(streams.c.stream), 0))) or 0


def whole_streams(
    event_log: EventLog, connection: Connection, after: int, upto: int, unneeded: Collection[str]
) -> WholeStreams:
    """Streams after a number and at most up to another, without the rows of some topics."""
    read = event_log.database.dialect.pick(sqlite=_from_sqlite, postgres=_from_postgres)
    naming = event_log.database.dialect.naming
    pieces: Iterator[list[OrderedRow]] = read(driver(connection), naming, event_log.partitions, after, upto, unneeded)
    rows = next(pieces, [])
    if len(rows) < scans.CHUNK:
        return WholeStreams(after, upto, iter([rows]), cut=False)
    last = rows[-1][1]
    if rows[0][1] == last:
        return WholeStreams(after, last, chain([rows], _rest(last, pieces)), cut=True)
    return WholeStreams(after, last - 1, iter([[row for row in rows if row[1] < last]]), cut=True)


def _rest(stream: int, pieces: Iterator[list[OrderedRow]]) -> Iterator[list[OrderedRow]]:
    for rows in pieces:
        own = [row for row in rows if row[1] == stream]
        yield own
        if len(own) < len(rows):
            return


def _from_postgres(
    raw: psycopg.Connection[Any], naming: Naming, partitions: int, after: int, upto: int, unneeded: Collection[str]
) -> Iterator[list[OrderedRow]]:
    statement = naming.constant(_POSTGRES.format(" UNION ALL ".join(map(_BRANCH.format, range(partitions)))))
    with raw.cursor("whole_streams", binary=True) as cursor:
        cursor.execute(statement, {"after": after, "upto": upto, "unneeded": sorted(unneeded)})
        while rows := cursor.fetchmany(scans.CHUNK):
            yield rows


def _from_sqlite(
    raw: Any, naming: Naming, _partitions: int, after: int, upto: int, unneeded: Collection[str]
) -> Iterator[list[OrderedRow]]:
    cursor = raw.execute(naming.constant(_SQLITE), (after, upto, dumps(sorted(unneeded))))
    while rows := cursor.fetchmany(scans.CHUNK):
        yield rows
