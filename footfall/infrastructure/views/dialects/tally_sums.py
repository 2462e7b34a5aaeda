"""The sums of tallies, changed in bulk, in each database's dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from ...database.column_types import in_columns
from ...database.dialects.dialect import Dialect

SumRow = tuple[str, str, UUID, str, int]
"""Projection, name, digest of the key, key, and by how much the number changes."""

_COLUMNS = "projection, name, digest, key, number"
_OR_CHANGE = "ON CONFLICT (projection, name, digest) DO UPDATE SET number = t.number + excluded.number"
_SQLITE = f"INSERT INTO footfall.tallies AS t ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) {_OR_CHANGE}"  # noqa: S608
_POSTGRES = (
    f"INSERT INTO footfall.tallies AS t ({_COLUMNS}) "  # noqa: S608
    f"SELECT * FROM unnest(%b::text[], %b::text[], %b::uuid[], %b::text[], %b::bigint[]) {_OR_CHANGE}"
)


def add_to_sums(dialect: Dialect, driver: Any, rows: Sequence[SumRow]) -> None:
    """Add to the sums of tallies, in the order in which the rows come."""
    if rows:
        dialect.pick(sqlite=_on_sqlite, postgres=_on_postgres)(dialect, driver, rows)


def _on_sqlite(dialect: Dialect, driver: Any, rows: Sequence[SumRow]) -> None:
    given = [(table, name, digest.bytes, key, number) for table, name, digest, key, number in rows]
    driver.executemany(dialect.naming.constant(_SQLITE), given)


def _on_postgres(dialect: Dialect, driver: Any, rows: Sequence[SumRow]) -> None:
    driver.execute(dialect.naming.constant(_POSTGRES), in_columns(rows))
