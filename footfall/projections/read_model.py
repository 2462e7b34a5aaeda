"""What a read model is: columns, what a fold needs to see, and the fold itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from ..domain.events import ActivityRecorded, CustomerEvent

Row = tuple[Any, ...]
"""A row of a view, its values in the order of the columns."""


class ColumnType(StrEnum):
    """What a column holds; moments are integers in µs since the epoch, UTC."""

    UUID = "uuid"
    INTEGER = "integer"
    TEXT = "text"
    JSON = "json"


class Column(NamedTuple):
    """A column of a view."""

    name: str
    kind: ColumnType
    required: bool = False


class Index:
    """An index over columns of a view."""

    def __init__(self, *columns: str, unique: bool = False) -> None:
        self.columns = columns
        self.unique = unique


class Change(NamedTuple):
    """What a fold makes of a view: rows that go, by key, and rows that come."""

    removed: Sequence[Any]
    added: Sequence[Row]


class ReadModel(ABC):
    """A view of the log: one table, folded customer by customer. Pure, so that a replay gives the same rows.

    A model needs a name, columns (one of them `uuid`, the customer's) and a fold. One that only adds rows for what
    customers did leaves the rest as it is here.
    """

    name: ClassVar[str]
    topics: ClassVar[frozenset[str]] = frozenset({ActivityRecorded.topic})
    """What it folds; events of other topics leave it as it is."""
    columns: ClassVar[tuple[Column, ...]]
    key: ClassVar[str | None] = None
    """The column by which a fold removes rows; None if it only ever adds some."""
    indexes: ClassVar[tuple[Index, ...]] = ()
    lookback_column: ClassVar[str | None] = None
    """The column from whose value on existing rows matter to a fold; None if a fold needs none."""
    column_indexes: ClassVar[Mapping[str, int]]
    """Where each column stands in a row."""

    def __init_subclass__(cls) -> None:
        """Derive `column_indexes`."""
        super().__init_subclass__()
        cls.column_indexes = {column.name: index for index, column in enumerate(cls.columns)}

    def since(self, events: Sequence[CustomerEvent]) -> int | None:
        """From which moment on (by `lookback_column`) the customer's rows are needed; None if the events change nothing
        or need no rows."""
        return None

    @abstractmethod
    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """What events of one customer, in stream order, make of its rows."""
