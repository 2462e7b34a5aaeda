"""A view's statements on PostgreSQL: rows go in by COPY."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from ....projections.read_model import ColumnType, ReadModel, Row
from ...database.column_types import converted, dumps, loads

_TYPES = {ColumnType.UUID: "uuid", ColumnType.INTEGER: "int8", ColumnType.TEXT: "text", ColumnType.JSON: "text"}


class PostgresViews:
    """The `ViewStatements` of PostgreSQL."""

    def load(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str, since: Mapping[UUID, int]
    ) -> Sequence[Row]:
        """The rows of customers from a moment on."""
        wanted = (list(since), list(since.values()))
        rows = driver.cursor(binary=True).execute(_load(model, table), wanted).fetchall()
        return converted(model.columns, rows, {ColumnType.JSON: loads})

    def remove(self, driver: psycopg.Connection[Any], model: ReadModel, table: str, keys: Sequence[UUID]) -> None:
        """Delete rows by key."""
        statement = SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(Identifier(table), Identifier(model.key or ""))
        driver.execute(statement, (list(keys),), binary=True)

    def add(self, driver: psycopg.Connection[Any], model: ReadModel, table: str, rows: Sequence[Row]) -> None:
        """Insert rows with one COPY."""
        with driver.cursor() as cursor, cursor.copy(_copy(model, table)) as copy:
            copy.set_types([_TYPES[column.kind] for column in model.columns])
            for row in converted(model.columns, rows, {ColumnType.JSON: dumps}):
                copy.write_row(row)


@cache
def _load(model: ReadModel, table: str) -> Composed:
    return SQL(
        "SELECT v.* FROM unnest(%s::uuid[], %s::bigint[]) AS w (customer, since) "
        "CROSS JOIN LATERAL (SELECT * FROM {} WHERE uuid = w.customer AND {} >= w.since OFFSET 0) AS v"
    ).format(Identifier(table), Identifier(model.lookback_column or ""))


@cache
def _copy(model: ReadModel, table: str) -> Composed:
    columns = SQL(", ").join(Identifier(column.name) for column in model.columns)
    return SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(Identifier(table), columns)
