"""A view's statements on PostgreSQL: rows go in by COPY."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from ....projections.read_model import ColumnType, ReadModel, Row
from ...database.column_types import converted, dumps, in_columns, loads
from ...database.naming import Naming
from .statements import Lookup

_TYPES = {ColumnType.UUID: "uuid", ColumnType.INTEGER: "int8", ColumnType.TEXT: "text", ColumnType.JSON: "text"}


class PostgresViews:
    """The `ViewStatements` of PostgreSQL. Names of tables and columns are those of the read models, never input."""

    def __init__(self, naming: Naming) -> None:
        self._named = naming.constant

    def load(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str, wanted: Sequence[Lookup]
    ) -> Sequence[Row]:
        """Rows of customers, by the column that the model calls `lookback_column`."""
        rows = driver.cursor(binary=True).execute(self._named(_load(model, table)), in_columns(wanted)).fetchall()
        return converted(model.columns, rows, {ColumnType.JSON: loads})

    def remove(self, driver: psycopg.Connection[Any], model: ReadModel, table: str, keys: Sequence[UUID]) -> None:
        """Delete rows by key."""
        statement = f'DELETE FROM footfall."{table}" WHERE "{model.key}" = ANY(%s)'  # noqa: S608
        driver.execute(self._named(statement), (list(keys),), binary=True)

    def add(self, driver: psycopg.Connection[Any], model: ReadModel, table: str, rows: Sequence[Row]) -> None:
        """Insert rows with one COPY."""
        with driver.cursor() as cursor, cursor.copy(self._named(_copy(model, table))) as copy:
            copy.set_types([_TYPES[column.kind] for column in model.columns])
            for row in converted(model.columns, rows, {ColumnType.JSON: dumps}):
                copy.write_row(row)


def _load(model: ReadModel, table: str) -> str:
    rows, place = f'SELECT * FROM footfall."{table}" WHERE uuid = w.customer', f'"{model.lookback_column}"'  # noqa: S608
    return (
        "SELECT v.* "  # noqa: S608
        "FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::bigint[]) AS w (customer, since, until, before) "
        f"CROSS JOIN LATERAL (({rows} AND {place} BETWEEN w.since AND w.until OFFSET 0) UNION ALL "
        f"({rows} AND {place} > w.until AND {place} < w.before ORDER BY {place} LIMIT 1)) AS v"
    )


def _copy(model: ReadModel, table: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in model.columns)
    return f'COPY footfall."{table}" ({columns}) FROM STDIN (FORMAT BINARY)'
