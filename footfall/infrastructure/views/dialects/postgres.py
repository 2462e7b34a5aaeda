"""A view's statements on PostgreSQL: rows go in by COPY."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg

from ....projections.read_model import ColumnType, ReadModel, Row
from ...database.column_types import converted, dumps, loads
from ...database.naming import Naming

_TYPES = {ColumnType.UUID: "uuid", ColumnType.INTEGER: "int8", ColumnType.TEXT: "text", ColumnType.JSON: "text"}


class PostgresViews:
    """The `ViewStatements` of PostgreSQL. Names of tables and columns are those of the read models, never input."""

    def __init__(self, naming: Naming) -> None:
        self._named = naming.constant

    def load(
        self, driver: psycopg.Connection[Any], model: ReadModel, table: str, since: Mapping[UUID, int]
    ) -> Sequence[Row]:
        """The rows of customers from a moment on."""
        wanted = (list(since), list(since.values()))
        rows = driver.cursor(binary=True).execute(self._named(_load(model, table)), wanted).fetchall()
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
    return (
        "SELECT v.* FROM unnest(%s::uuid[], %s::bigint[]) AS w (customer, since) CROSS JOIN LATERAL "  # noqa: S608
        f'(SELECT * FROM footfall."{table}" WHERE uuid = w.customer AND "{model.lookback_column}" >= w.since OFFSET 0) '
        "AS v"
    )


def _copy(model: ReadModel, table: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in model.columns)
    return f'COPY footfall."{table}" ({columns}) FROM STDIN (FORMAT BINARY)'
