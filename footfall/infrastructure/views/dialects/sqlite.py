"""A view's statements on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from operator import attrgetter
from uuid import UUID

from ....projections.read_model import ColumnType, ReadModel, Row
from ...database.column_types import Conversions, converted, dumps, loads, unpacked
from ...database.naming import Naming


class SqliteViews:
    """The `ViewStatements` of SQLite. Names of tables and columns are those of the read models, never input."""

    def __init__(self, naming: Naming) -> None:
        self._table = naming.table

    def load(
        self, driver: sqlite3.Connection, model: ReadModel, table: str, since: Mapping[UUID, int]
    ) -> Sequence[Row]:
        """The rows of customers from a moment on."""
        driver.execute("CREATE TEMP TABLE IF NOT EXISTS footfall_needed (customer BLOB, since INTEGER)")
        driver.execute("DELETE FROM temp.footfall_needed")
        needed = [(customer.bytes, moment) for customer, moment in since.items()]
        driver.executemany("INSERT INTO temp.footfall_needed VALUES (?, ?)", needed)
        rows = driver.execute(
            f'SELECT v.* FROM temp.footfall_needed AS w CROSS JOIN "{self._table(table)}" AS v '  # noqa: S608
            f'ON v.uuid = w.customer AND v."{model.lookback_column}" >= w.since'
        )
        return converted(model.columns, rows.fetchall(), _FROM_SQLITE)

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
