"""What a projector asks of a view's table, in the database's dialect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from ....projections.read_model import ReadModel, Row

Lookup = tuple[UUID, int, int, int]
"""Which rows are wanted: customer, from, to, and before which place the first one after that is wanted, too."""


class ViewStatements(Protocol):
    """Each takes the driver's connection, inside a transaction that is under way, and the table's name."""

    def load(self, driver: Any, model: ReadModel, table: str, wanted: Sequence[Lookup]) -> Sequence[Row]:
        """Rows of customers, by the column that the model calls `lookback_column`."""

    def remove(self, driver: Any, model: ReadModel, table: str, keys: Sequence[UUID]) -> None:
        """Delete rows by key."""

    def add(self, driver: Any, model: ReadModel, table: str, rows: Sequence[Row]) -> None:
        """Insert rows in bulk."""
