"""The tables of a store, written and read by the driver alone with nothing computed: the limit for any engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

from .beside import beside_the_log
from .connections import driver
from .database import Database
from .naming import SCHEMA

SLICE = 100_000
"""At most this many rows are held at once."""

LOG = "log"
CUSTOMERS = "partition >= 0"


class Tables:
    """The tables of a store, and in which database each of them is."""

    def __init__(self, url: str, schema: str = SCHEMA) -> None:
        self.log = Database(url, schema)
        self._views = beside_the_log(self.log)

    def database_of(self, table: str) -> Database:
        """Where a table is."""
        return self.log if table == LOG else self._views

    def close(self) -> None:
        """Close the connections."""
        self._views.close()
        self.log.close()


class Rows(NamedTuple):
    """Rows of a table, those of the log without their positions; `types` are PostgreSQL's numbers of the columns'."""

    table: str
    columns: list[str]
    types: list[Any]
    rows: list[tuple[Any, ...]]


def read(tables: Tables, table: str, chosen: str = "1 = 1") -> Iterator[Rows]:
    """Rows that fulfil a condition, a slice at a time, as the driver gives them; those of the log in their order."""
    order, database = " ORDER BY position" if table == LOG else "", tables.database_of(table)
    with database.read() as connection, closing(_cursor(database, connection)) as cursor:
        statement = f"SELECT * FROM footfall.{table} WHERE {chosen}{order}"  # noqa: S608  # both are ours, not input
        cursor.execute(database.dialect.naming(statement))
        columns = [(one[0], one[1]) for one in cursor.description]
        while rows := cursor.fetchmany(SLICE):
            yield _without_position(table, columns, rows)


def whole(tables: Tables, table: str, chosen: str = "1 = 1") -> Rows:
    """The same, all at once."""
    slices = list(read(tables, table, chosen))
    first = slices[0] if slices else Rows(table, [], [], [])
    return first._replace(rows=[row for one in slices for row in one.rows])


def write(tables: Tables, rows: Rows, a_commit: int) -> None:
    """Write rows, by one `COPY` or `executemany` for each commit."""
    database = tables.database_of(rows.table)
    insert, columns = database.dialect.pick(sqlite=_insert, postgres=_copy), ", ".join(rows.columns)
    into = database.dialect.naming(f"footfall.{rows.table} ({columns})")
    with database.write() as connection:
        raw = driver(connection)
        for first in range(0, len(rows.rows), a_commit):
            insert(raw, into, rows.rows[first : first + a_commit], rows.types)
            raw.commit()
            for statement in database.dialect.begin_write:
                raw.execute(statement)


def count(tables: Tables) -> int:
    """How many rows the log holds."""
    with tables.log.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM footfall.log").scalar_one())


def scan(tables: Tables) -> None:
    """Read the whole log once, as fast as the driver can, and throw it away."""
    database = tables.log
    with database.read() as connection:
        scan_all = database.dialect.pick(sqlite=_scan_sqlite, postgres=_scan_postgres)
        scan_all(driver(connection), database.dialect.naming("SELECT * FROM footfall.log"))


def _scan_sqlite(raw: Any, everything: str) -> None:
    for _ in raw.execute(everything):
        pass


def _scan_postgres(raw: Any, everything: str) -> None:
    with raw.cursor().copy(f"COPY ({everything}) TO STDOUT (FORMAT BINARY)") as copy:
        for _ in copy:
            pass


def _cursor(database: Database, connection: Connection) -> Any:
    # On PostgreSQL a cursor of the server's, which does not send everything at once.
    raw = driver(connection)
    return database.dialect.pick(sqlite=raw.cursor, postgres=partial(raw.cursor, "footfall_alone", binary=True))()


def _insert(raw: Any, into: str, batch: Sequence[tuple[Any, ...]], types: Sequence[Any]) -> None:
    raw.executemany(f"INSERT INTO {into} VALUES ({', '.join('?' * len(types))})", batch)  # noqa: S608


def _copy(raw: Any, into: str, batch: Sequence[tuple[Any, ...]], types: Sequence[Any]) -> None:
    with raw.cursor() as cursor, cursor.copy(f"COPY {into} FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(types)
        for row in batch:
            copy.write_row(row)


def _without_position(table: str, columns: list[tuple[str, Any]], rows: list[tuple[Any, ...]]) -> Rows:
    names, types = [name for name, _ in columns], [kind for _, kind in columns]
    if table != LOG:
        return Rows(table, names, types, rows)
    at = names.index("position")
    del names[at], types[at]
    return Rows(table, names, types, [row[:at] + row[at + 1 :] for row in rows])
