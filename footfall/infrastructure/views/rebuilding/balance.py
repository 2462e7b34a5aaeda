"""The rows that a view holds against those that a fold of the log gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice, repeat
from typing import Any

import msgspec

from ....application.reading.operation_answers import Difference, ViewComparison
from ....projections.read_model import ColumnType, ReadModel
from ...database.column_types import loads, unpacked
from ..dialects.statements import StoredRow

SHOWN_DIFFERENCES = 20
"""At most this many differences of each side of a view are listed; all are counted."""


class Balance:
    """Takes the rows of both sides in any order; what both have cancels out, so that only what is awaited from the
    other side is kept."""

    def __init__(self) -> None:
        self.rows = 0
        self._open: dict[StoredRow, int] = {}

    def hold(self, rows: Sequence[StoredRow]) -> None:
        """Add rows that the view holds."""
        self.rows += len(rows)
        self._add(rows, 1)

    def give(self, rows: Sequence[StoredRow]) -> None:
        """Add rows that a fold gives."""
        self._add(rows, -1)

    def _add(self, rows: Sequence[StoredRow], each: int) -> None:
        left = self._open
        for row in rows:
            number = left.pop(row, 0) + each
            if number:
                left[row] = number

    def unexpected(self) -> dict[StoredRow, int]:
        """What only the view has, and how many of each."""
        return {row: number for row, number in self._open.items() if number > 0}

    def missing(self) -> dict[StoredRow, int]:
        """What only the fold gives, and how many of each."""
        return {row: -number for row, number in self._open.items() if number < 0}


class Comparison:
    """What was found out about a view so far."""

    def __init__(self, model: ReadModel) -> None:
        self._model = model
        self._rows = self._differing = 0
        self._unexpected: list[Difference] = []
        self._missing: list[Difference] = []

    def add(self, balance: Balance) -> None:
        """Take in what is left over of some of its rows."""
        self._rows += balance.rows
        self._note("unexpected", self._unexpected, balance.unexpected())
        self._note("missing", self._missing, balance.missing())

    def join(self, other: Comparison) -> None:
        """Take in what was found out about other rows of the same view."""
        self._rows += other._rows
        self._differing += other._differing
        self._unexpected = (self._unexpected + other._unexpected)[:SHOWN_DIFFERENCES]
        self._missing = (self._missing + other._missing)[:SHOWN_DIFFERENCES]

    def result(self) -> ViewComparison:
        """All of it."""
        return ViewComparison(self._model.name, self._rows, self._differing, self._unexpected + self._missing)

    def _note(self, side: str, noted: list[Difference], rows: dict[StoredRow, int]) -> None:
        self._differing += sum(rows.values())
        each: Iterable[StoredRow] = chain.from_iterable(repeat(row, number) for row, number in rows.items())
        shown = islice(each, SHOWN_DIFFERENCES - len(noted))
        noted += [Difference(self._model.name, side, _shown(self._model, row)) for row in shown]


def _shown(model: ReadModel, row: StoredRow) -> dict[str, Any]:
    return {column.name: _value(column.kind, value) for column, value in zip(model.columns, row, strict=True)}


def _value(kind: ColumnType, value: Any) -> Any:
    # Who changed a row by hand may have put anything there: it is shown as it is.
    try:
        if value is not None and kind is ColumnType.UUID:
            return str(unpacked(value))
        if value is not None and kind is ColumnType.JSON:
            return loads(value)
    except msgspec.MsgspecError:
        pass
    return value
