"""A view's statements on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

from ....projections.read_model import ColumnType, ReadModel, Row
from ...database.column_types import Conversions, converted, dumps, loads, unpacked
from ...database.naming import Naming
from .statements import Lookup


class SqliteViews:
    """The `ViewStatements` of SQLite. Names of tables and columns are those of the read models, never input."""

    def __init__(self, naming: Naming) -> None:
        self._table = naming.table

    def load(self, driver: sqlite3.Connection, model: ReadModel, table: str, wanted: Sequence[Lookup]) -> Sequence[Row]:
        """Rows of customers, by the column that the model calls `lookback_column`."""
        place = model.lookback_column or ""
        at, rows = model.column_indexes[place], list[Row]()
        following = f'SELECT * FROM "{self._table(table)}" WHERE uuid = ? AND "{place}" >= ? ORDER BY "{place}"'  # noqa: S608
        cursor = driver.cursor()
        for customer, since, until, before in wanted:
            for row in cursor.execute(following, (customer.bytes, since)):
                if row[at] <= until or row[at] < before:
                    rows.append(row)
                if row[at] > until:
                    break
        return converted(model.columns, rows, _FROM_SQLITE)

    def remove(self, driver: sqlite3.Connection, model: ReadModel, table: str, keys: Sequence[UUID]) -> None:
        """Delete rows by key."""
        statement = f'DELETE FROM "{self._table(table)}" WHERE "{model.key}" = ?'  # noqa: S608
        driver.executemany(statement, [(key.bytes,) for key in keys])

    def add(self, driver: sqlite3.Connection, model: ReadModel, table: str, rows: Sequence[Row]) -> None:
        """Insert rows in bulk."""
        marks = ", ".join("?" * len(model.columns))
        statement = f'INSERT INTO "{self._table(table)}" VALUES ({marks})'  # noqa: S608
        driver.executemany(statement, converted(model.columns, rows, _TO_SQLITE))


_TO_SQLITE: Conversions = {ColumnType.UUID: attrgetter("bytes"), ColumnType.JSON: dumps}
_FROM_SQLITE: Conversions = {ColumnType.UUID: unpacked, ColumnType.JSON: loads}
