"""A partition read from end to end in the order of streams and versions, so that each stream comes in one piece."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from struct import Struct
from typing import Any

import psycopg
from psycopg.sql import SQL

from .database import Database, driver
from .log_statements import OrderedRow

CHUNK = 10_000
"""So many rows are handed on at once."""

_COPY = SQL("""
COPY (
    SELECT stream, position, customer, topic, state FROM log
    WHERE partition = {} AND position <= {} AND topic <> ALL({})
    ORDER BY stream, version
) TO STDOUT (FORMAT BINARY)
""")
# The binary format of COPY, from PostgreSQL's manual: a header of 19 bytes, then for each row the number of fields and
# for each field its length and its bytes; at the end -1 for the number of fields.
_HEADER_BYTES = 19
_ROW = Struct("!hiqiqi16si")
_LENGTH_BYTES = 4
_END = b"\xff\xff"

_AFTER = """
SELECT stream, position, customer, topic, state, version FROM log INDEXED BY log_streams
WHERE (stream, version) > (?, ?) AND partition = 0 AND position <= ? ORDER BY stream, version LIMIT ?
"""


def in_stream_order(
    database: Database, partition: int, head: int, needless: Collection[str]
) -> Iterator[list[OrderedRow]]:
    """The rows of a partition up to a position, but for some topics; a number of them at a time."""
    if not database.is_postgres:
        yield from _from_sqlite(database, head, needless)
        return
    with database.read() as connection:
        rows = _from_postgres(driver(connection), partition, head, needless)
        while chunk := list(islice(rows, CHUNK)):
            yield chunk


def _from_postgres(
    connection: psycopg.Connection[Any], partition: int, head: int, needless: Collection[str]
) -> Iterator[OrderedRow]:
    connection.execute("SET LOCAL work_mem = '64MB'")  # what is sorted need not go to the disk
    query = _COPY.format(partition, head, sorted(needless))
    topics: dict[bytes, str] = {}
    at = _HEADER_BYTES
    with connection.cursor().copy(query) as copy:
        for message in copy:
            if message[at : at + 2] != _END:
                _, _, stream, _, position, _, customer, length = _ROW.unpack_from(message, at)
                at += _ROW.size
                packed = bytes(message[at : at + length])
                topic = topics.get(packed) or topics.setdefault(packed, packed.decode())
                yield stream, position, customer, topic, bytes(message[at + length + _LENGTH_BYTES :])
            at = 0  # the server sends a message for each row, and the header with the first


def _from_sqlite(database: Database, head: int, needless: Collection[str]) -> Iterator[list[OrderedRow]]:
    # A transaction for each chunk: one over all of it would keep what is written meanwhile from being checkpointed.
    stream = version = 0
    while True:
        with database.read() as connection:
            rows = driver(connection).execute(_AFTER, (stream, version, head, CHUNK)).fetchall()
        if not rows:
            return
        stream, version = rows[-1][0], rows[-1][-1]
        yield [row[:-1] for row in rows if row[3] not in needless]
