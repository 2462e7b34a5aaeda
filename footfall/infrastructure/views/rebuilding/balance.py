"""The rows that a view holds against those that a fold of the log gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ....application.reading.operation_answers import Difference, ViewComparison
from ....projections.read_model import ColumnType, ReadModel, Tallies
from ....projections.tallies import Tally
from ...database.column_types import loads, unpacked
from ..dialects.statements import StoredRow
from .tallied_rows import tallied

SHOWN_DIFFERENCES = 20
"""At most this many differences of each side of a view are listed; all are counted."""


_Number = tuple[str, str, int]
"""A tally's name, key and number."""


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
        self._off_by = Tally()

    def add(self, balance: Balance) -> None:
        """Take in what is left over of some of its rows."""
        self._rows += balance.rows
        self._note("unexpected", self._unexpected, balance.unexpected(), -1)
        self._note("missing", self._missing, balance.missing(), 1)

    def join(self, other: Comparison) -> None:
        """Take in what was found out about other rows of the same view."""
        self._rows += other._rows
        self._differing += other._differing
        self._unexpected = (self._unexpected + other._unexpected)[:SHOWN_DIFFERENCES]
        self._missing = (self._missing + other._missing)[:SHOWN_DIFFERENCES]
        self._off_by.add(other._off_by.result())

    def check_tallies(self, held: Tallies, of_rows: Tallies) -> None:
        """Compare the tallies of the view with those that follow from its rows, were they as the fold gives them."""
        due = Tally()
        due.add(of_rows)
        due.add(self._off_by.result())
        known, awaited = _numbers(held), _numbers(due.result())
        self._note_tallies("unexpected", self._unexpected, known - awaited)
        self._note_tallies("missing", self._missing, awaited - known)

    def result(self) -> ViewComparison:
        """All of it."""
        return ViewComparison(self._model.name, self._rows, self._differing, self._unexpected + self._missing)

    def _note(self, side: str, noted: list[Difference], rows: dict[StoredRow, int], sign: int) -> None:
        self._differing += sum(rows.values())
        each = [row for row, number in rows.items() for _ in range(number)]
        self._off_by.add(tallied(self._model, each), sign)
        shown = each[: SHOWN_DIFFERENCES - len(noted)]
        noted += [Difference(self._model.name, side, _shown(self._model, row)) for row in shown]

    def _note_tallies(self, side: str, noted: list[Difference], numbers: set[_Number]) -> None:
        self._differing += len(numbers)
        for name, key, number in sorted(numbers)[: SHOWN_DIFFERENCES - len(noted)]:
            noted.append(Difference(self._model.name, side, {"tally": name, "key": key, "number": number}))


def _numbers(tallies: Tallies) -> set[_Number]:
    return {(name, key, number) for name, numbers in tallies.items() for key, number in numbers.items()}


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
