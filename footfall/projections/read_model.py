"""What a read model is: columns, what a fold needs to see, and the fold itself."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from ..domain.errors import FootfallError, InvalidArgument
from ..domain.events import ActivityRecorded, CustomerEvent
from ..domain.spans import Span

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_KEPT_FREE = re.compile(r"\A(log|sqlite)_|_(next|old)\Z")
Answer = TypeVar("Answer")

Row = tuple[Any, ...]
"""A row of a view, its values in the order of the columns."""

Tallies = Mapping[str, Mapping[str, int]]
"""Numbers by name and key."""


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


class Change(msgspec.Struct, frozen=True, gc=False):
    """What a fold makes of a view: rows that go, by key, and rows that come."""

    removed: Sequence[Any]
    added: Sequence[Row]


class UnknownView(FootfallError):
    """There is no view of that name."""


class Query(msgspec.Struct, Generic[Answer], frozen=True):
    """A question about views, with what it asks for; each store answers it in its own way."""

    together: ClassVar[tuple[str, ...]] = ()
    """The views that must be seen at one moment, where the answer needs several looks at them."""


class Rows(Query[list[dict[str, Any]]], frozen=True):
    """Rows of a view as they are stored, by column: of one customer or of all."""

    model: ReadModel
    customer: UUID | None
    limit: int | None


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
    """The column, of integers, by which a fold asks for the customer's rows (`spans`); None if it needs none."""
    tallied: ClassVar[int] = 0
    """Which edition of `tally` it has; 0 where it tallies nothing. A store that knows another one folds it anew."""
    fits: ClassVar[bool] = False
    """Whether its rows are known to fit its columns; those of other models are looked at, value by value."""
    column_indexes: ClassVar[Mapping[str, int]]
    """Where each column stands in a row."""

    def __init_subclass__(cls) -> None:
        """Derive `column_indexes`. Raises `InvalidArgument` for columns that are none."""
        super().__init_subclass__()
        if strangers := [column for column in cls.columns if not isinstance(column, Column)]:
            raise InvalidArgument(f"columns are written as footfall.Column(name, kind), not as {strangers[0]!r}")
        cls.column_indexes = {column.name: index for index, column in enumerate(cls.columns)}

    def spans(self, events: Sequence[CustomerEvent]) -> Sequence[Span]:
        """Which of the customer's rows are needed: those whose `lookback_column` lies in one of these spans, in any
        order, and the first one after each. `[Span(0)]` are all from 0 on; none if the events need no rows."""
        return ()

    def tally(self, rows: Sequence[Row]) -> Tallies:
        """What is counted of rows, to be had without a look at them: each number is a sum over the rows, and the names
        are the same whatever the rows. Those that a fold removes must be among those that it was given."""
        return {}

    @abstractmethod
    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """What events of one customer, in stream order, make of its rows."""


def find_model(models: Sequence[ReadModel], name: str) -> ReadModel:
    """The read model of a view. Raises `UnknownView`."""
    for model in models:
        if model.name == name:
            return model
    raise UnknownView(f"there is no view {name!r}; there are {', '.join(model.name for model in models)}")


def check_models(models: Sequence[ReadModel], reserved: Collection[str] = ()) -> Sequence[ReadModel]:
    """Return read models that can have tables of their own. Raises `InvalidArgument` that says what is wrong."""
    taken = set(reserved)
    for model in models:
        if not isinstance(model, ReadModel):
            raise InvalidArgument(f"a read model is an instance of its class, such as Clicks(), not {model!r}")
        if _NAME.fullmatch(model.name) is None or _KEPT_FREE.search(model.name):
            raise InvalidArgument(
                f"a read model's name begins with a letter, has a-z 0-9 _ and is none that the store needs (log_…, "
                f"sqlite_…, …_next, …_old), not {model.name!r}"
            )
        if model.name in taken:
            raise InvalidArgument(f"a read model needs a name of its own: {model.name!r} is taken")
        _check_columns(model)
        taken.add(model.name)
    return models


def _check_columns(model: ReadModel) -> None:
    names = [column.name for column in model.columns]
    if "uuid" not in names or len(set(names)) < len(names):
        raise InvalidArgument(f"{model.name} needs a column uuid, and each of its columns once, not {names}")
    if unknown := [column.kind for column in model.columns if column.kind not in list(ColumnType)]:
        raise InvalidArgument(f"{model.name} has columns of {unknown}; there are {', '.join(ColumnType)}")
    if strangers := [index for index in model.indexes if not isinstance(index, Index)]:
        raise InvalidArgument(f"{model.name} has indexes as footfall.Index(column, …), not as {strangers[0]!r}")
    used = {model.key, model.lookback_column, *(name for index in model.indexes for name in index.columns)} - {None}
    if unknown_names := used.difference(names):
        raise InvalidArgument(f"{model.name} names columns that it does not have: {', '.join(map(str, unknown_names))}")
    kinds = {column.name: column.kind for column in model.columns}
    if model.lookback_column is not None and kinds[model.lookback_column] is not ColumnType.INTEGER:
        raise InvalidArgument(f"{model.name} looks back by {model.lookback_column}, which must be a column of integers")
