"""What is asked of a view's table, in the database's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ....projections.read_model import ReadModel, Row, Tallies

Lookup = tuple[UUID, int, int, int]
"""Which rows are wanted: customer, from, to, and before which place the first one after that is wanted, too."""

StoredRow = tuple[Any, ...]
"""A row as the table holds it: uuids as sixteen bytes, JSON as text."""

NOTED = "projection, name, numbers, sign, changes"
"""The columns of what is noted of tallies."""

PIECE = 10_000
"""At most this many rows are handed on at once."""


class Right(NamedTuple):
    """A statement that gives a table what one of the same name had before; of which column, if of one."""

    column: str | None
    statement: str


class ViewStatements(Protocol):
    """Each takes the driver's connection, inside a transaction that is under way, and the table's name."""

    def load(self, driver: Any, model: ReadModel, table: str, wanted: Sequence[Lookup]) -> Sequence[Row]:
        """Rows of customers, by the column that the model calls `lookback_column`."""

    def remove(self, driver: Any, model: ReadModel, table: str, keys: Sequence[UUID]) -> None:
        """Delete rows by key."""

    def add(self, driver: Any, model: ReadModel, table: str, pieces: Iterable[Sequence[Row]]) -> None:
        """Insert rows in bulk, one piece after the other, of which the next may be made while one is written."""

    def stored(self, model: ReadModel, rows: Sequence[Row]) -> Sequence[StoredRow]:
        """Rows as the table would hold them."""

    def of_streams(
        self, driver: Any, model: ReadModel, table: str, after: int, upto: int
    ) -> Iterator[Sequence[StoredRow]]:
        """The rows of the customers whose streams come after one number and up to another, by an index on `uuid`."""

    def in_stream_order(self, driver: Any, model: ReadModel, table: str) -> Iterator[Sequence[StoredRow]]:
        """All rows of customers that have a stream, in the order of these, each with the stream's number before it."""

    def note_tallies(self, driver: Any, table: str, tallies: Tallies, sign: int) -> None:
        """Note that rows with these tallies have come, or gone where `sign` is -1."""

    def gathered(self, driver: Any, numbers: int, documents: int) -> Sequence[str]:
        """The tables of which more than so many numbers, or documents, are noted."""

    def note_source(self, driver: Any, position: int) -> None:
        """Note that the log was folded up to a row, where views are not kept with it."""

    def everything(self, driver: Any, model: ReadModel, table: str) -> Iterator[Sequence[StoredRow]]:
        """All rows, in any order."""

    def of_strangers(self, driver: Any, model: ReadModel, table: str) -> Iterator[Sequence[StoredRow]]:
        """The rows of customers that have no stream."""

    def leaving_pages(self, driver: Any) -> AbstractContextManager[None]:
        """Drop tables without writing over the pages that they lay on: for those whose rows others have."""

    def rights(self, driver: Any, table: str) -> list[Right] | None:
        """What others may do with a table, and what is said about it; None where it is not there, and
        where tables have no rights of their own."""

    def give(self, driver: Any, table: str, rights: Sequence[Right]) -> None:
        """Give a table these rights, and no others."""
