"""The limit: the rows of an engine's log, written and read by the driver alone, with nothing computed."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Identifier

import footfall
from footfall.infrastructure.database import SCHEMA

ROWS_A_COMMIT = 500


class Rows(NamedTuple):
    """Rows of a log without their positions; `types` are PostgreSQL's numbers of the columns' types."""

    columns: list[str]
    types: list[Any]
    rows: list[tuple[Any, ...]]


def prepare(url: str) -> None:
    """Give an empty database the engine's tables and indexes."""
    footfall.open(url).close()


def read(url: str, action: str | None = None) -> Rows:
    """The rows of customers' streams, in order, as the driver gives them; or those of an action only."""
    chosen = "partition >= 0" if action is None else f"action = '{action}'"
    if url.startswith("sqlite"):
        with closing(_sqlite(url)) as sqlite:
            sqlite_cursor = sqlite.execute(f"SELECT * FROM log WHERE {chosen} ORDER BY position")
            return _without_position([(one[0], None) for one in sqlite_cursor.description], sqlite_cursor.fetchall())
    with psycopg.connect(url) as postgres:
        query = SQL("SELECT * FROM {} WHERE {} ORDER BY position").format(_table("log"), SQL(chosen))
        cursor = postgres.cursor(binary=True).execute(query)
        return _without_position([(one.name, one.type_code) for one in cursor.description or ()], cursor.fetchall())


def write(url: str, rows: Rows) -> None:
    """Write rows into a database that was prepared, so many to a commit."""
    (_write_sqlite if url.startswith("sqlite") else _write_postgres)(url, rows)


def count(url: str) -> int:
    """How many rows the log holds."""
    if url.startswith("sqlite"):
        with closing(_sqlite(url)) as sqlite:
            return int(sqlite.execute("SELECT count(*) FROM log").fetchone()[0])
    with psycopg.connect(url) as postgres:
        return sum(row[0] for row in postgres.execute(SQL("SELECT count(*) FROM {}").format(_table("log"))))


def scan(url: str) -> None:
    """Read the whole log once, as fast as the driver can, and throw it away."""
    if url.startswith("sqlite"):
        with closing(_sqlite(url)) as sqlite:
            for _ in sqlite.execute("SELECT * FROM log"):
                pass
        return
    statement = SQL("COPY (SELECT * FROM {}) TO STDOUT (FORMAT BINARY)").format(_table("log"))
    with psycopg.connect(url) as postgres, postgres.cursor().copy(statement) as copy:
        for _ in copy:
            pass


def _write_sqlite(url: str, rows: Rows) -> None:
    places = ", ".join("?" * len(rows.columns))
    statement = f"INSERT INTO log ({', '.join(rows.columns)}) VALUES ({places})"
    with closing(_sqlite(url)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        for batch in _batches(rows.rows):
            with connection:
                connection.executemany(statement, batch)


def _write_postgres(url: str, rows: Rows) -> None:
    columns = SQL(", ").join(map(Identifier, rows.columns))
    statement = SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(_table("log"), columns)
    with psycopg.connect(url, autocommit=True) as connection, connection.cursor() as cursor:
        for batch in _batches(rows.rows):
            with cursor.copy(statement) as copy:
                copy.set_types(rows.types)
                for row in batch:
                    copy.write_row(row)


def _batches(rows: Sequence[tuple[Any, ...]]) -> list[Sequence[tuple[Any, ...]]]:
    return [rows[first : first + ROWS_A_COMMIT] for first in range(0, len(rows), ROWS_A_COMMIT)]


def _without_position(columns: list[tuple[str, Any]], rows: list[tuple[Any, ...]]) -> Rows:
    at = [name for name, _ in columns].index("position")
    del columns[at]
    return Rows(
        [name for name, _ in columns], [kind for _, kind in columns], [row[:at] + row[at + 1 :] for row in rows]
    )


def _sqlite(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"))


def _table(name: str) -> Identifier:
    return Identifier(SCHEMA, name)
