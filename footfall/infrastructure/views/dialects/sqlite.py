"""A view's statements on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from ....projections.read_model import ColumnType, ReadModel, Row, Tallies
from ...database.column_types import (
    Conversions,
    all_dumped,
    all_in_bytes,
    all_loaded,
    all_packed,
    all_unpacked,
    converted,
    dumps_as_it_comes,
    each_converted,
    packed,
)
from ...database.naming import Naming
from .statements import NOTED, PIECE, Lookup, Right, StoredRow

_NOTE_SOURCE = """
UPDATE footfall_views_file SET (position, customer, version, state) = (
    SELECT position, customer, version, state FROM footfall_log WHERE position = ?1
)
WHERE position < ?1
"""

SPANS = 200
"""At most this many look-ups are one statement, whose text the driver keeps."""


class SqliteViews:
    """The `ViewStatements` of SQLite. Names of tables and columns are those of the read models, never input."""

    def __init__(self, naming: Naming) -> None:
        self._table = naming.table

    def load(self, driver: sqlite3.Connection, model: ReadModel, table: str, wanted: Sequence[Lookup]) -> Sequence[Row]:
        """Rows of customers, by the column that the model calls `lookback_column`."""
        rows: list[Row] = []
        for at in range(0, len(wanted), SPANS):
            piece = wanted[at : at + SPANS]
            given = [value for customer, *span in piece for value in (packed(customer), *span)]
            rows += driver.execute(_load(model, self._table(table), len(piece)), given).fetchall()
        return converted(model.columns, rows, _FROM_SQLITE)

    def remove(self, driver: sqlite3.Connection, model: ReadModel, table: str, keys: Sequence[UUID]) -> None:
        """Delete rows by key."""
        statement = f'DELETE FROM "{self._table(table)}" WHERE "{model.key}" = ?'  # noqa: S608
        driver.executemany(statement, list(zip(all_packed(keys), strict=True)))

    def add(self, driver: sqlite3.Connection, model: ReadModel, table: str, pieces: Iterable[Sequence[Row]]) -> None:
        """Insert rows in bulk."""
        marks = ", ".join("?" * len(model.columns))
        statement = f'INSERT INTO "{self._table(table)}" VALUES ({marks})'  # noqa: S608
        for rows in pieces:
            driver.executemany(statement, each_converted(model.columns, rows, _TO_SQLITE))

    def stored(self, model: ReadModel, rows: Sequence[Row]) -> Sequence[StoredRow]:
        """Rows as the table would hold them."""
        return converted(model.columns, rows, _STORED)

    def of_streams(
        self, driver: sqlite3.Connection, model: ReadModel, table: str, after: int, upto: int
    ) -> Iterator[Sequence[StoredRow]]:
        """The rows of the customers of some streams."""
        statement = (
            f'SELECT v.* FROM footfall_streams AS s CROSS JOIN "{self._table(table)}" AS v '  # noqa: S608
            "ON v.uuid = s.customer WHERE s.stream > ? AND s.stream <= ?"
        )
        yield from _pieces(driver, statement, (after, upto))

    def in_stream_order(
        self, driver: sqlite3.Connection, model: ReadModel, table: str
    ) -> Iterator[Sequence[StoredRow]]:
        """All rows of customers that have a stream, after its number."""
        statement = (
            f'SELECT s.stream, v.* FROM "{self._table(table)}" AS v '  # noqa: S608
            "CROSS JOIN footfall_streams AS s ON s.customer = v.uuid ORDER BY s.stream"
        )
        yield from _pieces(driver, statement)

    def note_tallies(self, driver: sqlite3.Connection, table: str, tallies: Tallies, sign: int) -> None:
        """Note that rows with these tallies have come or gone."""
        rows = [
            (table, name, len(numbers), sign, dumps_as_it_comes(numbers))
            for name, numbers in tallies.items()
            if numbers
        ]
        driver.executemany(f'INSERT INTO "{self._table("tally_changes")}" ({NOTED}) VALUES (?, ?, ?, ?, ?)', rows)  # noqa: S608

    def gathered(self, driver: sqlite3.Connection, numbers: int, documents: int) -> Sequence[str]:
        """The tables of which much is noted."""
        asked = f'SELECT projection FROM "{self._table("tally_changes")}" GROUP BY projection '  # noqa: S608
        found = driver.execute(asked + "HAVING sum(numbers) > ? OR count(*) > ?", (numbers, documents))
        return [table for (table,) in found]

    def note_source(self, driver: sqlite3.Connection, position: int) -> None:
        """Note that the log was folded up to a row."""
        driver.execute(_NOTE_SOURCE, (position,))

    def everything(self, driver: sqlite3.Connection, _model: ReadModel, table: str) -> Iterator[Sequence[StoredRow]]:
        """All rows, in any order."""
        yield from _pieces(driver, f'SELECT * FROM "{self._table(table)}"')  # noqa: S608

    def of_strangers(self, driver: sqlite3.Connection, model: ReadModel, table: str) -> Iterator[Sequence[StoredRow]]:
        """The rows of customers that have no stream."""
        statement = (
            f'SELECT * FROM "{self._table(table)}" AS v '  # noqa: S608
            "WHERE NOT EXISTS (SELECT 1 FROM footfall_streams AS s WHERE s.customer = v.uuid)"
        )
        yield from _pieces(driver, statement)

    @contextmanager
    def leaving_pages(self, driver: sqlite3.Connection) -> Iterator[None]:
        """Many builds of SQLite write zeros over every page that is freed, which takes as long as filling it did."""
        ((before,),) = driver.execute("PRAGMA secure_delete").fetchall()
        driver.execute("PRAGMA secure_delete = OFF").fetchall()
        try:
            yield
        finally:
            driver.execute(f"PRAGMA secure_delete = {_SECURE_DELETE[before]}").fetchall()

    def rights(self, _driver: sqlite3.Connection, _table: str) -> list[Right] | None:
        """A file's rights are those of all its tables."""
        return None

    def give(self, driver: sqlite3.Connection, table: str, rights: Sequence[Right]) -> None:
        """There are none."""


def _load(model: ReadModel, table: str, spans: int) -> str:
    rows, place = f'FROM "{table}" WHERE uuid = w.customer', f'"{model.lookback_column}"'
    return (
        f"WITH w (customer, since, until, before) AS (VALUES {', '.join(['(?, ?, ?, ?)'] * spans)}) "  # noqa: S608
        f'SELECT v.* FROM w CROSS JOIN "{table}" AS v ON v.uuid = w.customer AND v.{place} BETWEEN w.since AND '
        f"coalesce((SELECT min({place}) {rows} AND {place} > w.until AND {place} < w.before), w.until)"
    )


def _pieces(
    driver: sqlite3.Connection, statement: str, parameters: tuple[int, ...] = ()
) -> Iterator[Sequence[StoredRow]]:
    cursor = driver.execute(statement, parameters)
    while rows := cursor.fetchmany(PIECE):
        yield rows


_SECURE_DELETE = ("OFF", "ON", "FAST")


_TO_SQLITE: Conversions = {ColumnType.UUID: all_packed, ColumnType.JSON: all_dumped}
_STORED: Conversions = {ColumnType.UUID: all_in_bytes, ColumnType.JSON: all_dumped}
_FROM_SQLITE: Conversions = {ColumnType.UUID: all_unpacked, ColumnType.JSON: all_loaded}
