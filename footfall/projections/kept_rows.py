"""Rows of one customer in memory, found as in a table by its index: by where they lie, and not one after the other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from ..domain.spans import WITHOUT_END, Span, lookups
from .read_model import Change, ReadModel, Row

BLOCK = 1_000
"""Rows lie in blocks of at most twice this many: one that is put in moves no more than these."""

_NOWHERE = -WITHOUT_END - 2
"""The place of rows without a value in `lookback_column`, which no span reaches."""


class KeptRows:
    """The rows of one customer in a read model, by its `lookback_column` if it has one."""

    def __init__(self, model: ReadModel) -> None:
        self._column = None if model.lookback_column is None else model.column_indexes[model.lookback_column]
        self._key = None if model.key is None else itemgetter(model.column_indexes[model.key])
        self._new: list[Row] = []  # in no order: most customers' rows are never asked for
        self._blocks: list[list[Row]] = []
        self._lasts: list[int] = []  # the place of the last row of each block
        self._places: dict[Any, int] = {}  # by key

    def __bool__(self) -> bool:
        return bool(self._new or self._blocks)

    def __iter__(self) -> Iterator[Row]:
        return chain(*self._blocks, self._new)

    def drain(self) -> list[Row]:
        """All rows, of which none is kept."""
        rows = [*self] if self._blocks else self._new
        self._new = []
        if self._blocks:
            self._blocks, self._lasts, self._places = [], [], {}
        return rows

    def within(self, spans: Sequence[Span]) -> list[Row]:
        """The rows in spans, and the first one after each: each row once."""
        self._sort_in()
        found: list[Row] = []
        for since, until, before in lookups(spans):
            for row in self._from(since):
                place = self._place(row)
                if place <= until or place < before:
                    found.append(row)
                if place > until:
                    break
        return found

    def change(self, change: Change) -> None:
        """Take rows out, and put rows in."""
        if change.removed:
            self._sort_in()
            for key in change.removed:
                self._take_out(key)
        self._new += change.added

    def _place(self, row: Row) -> int:
        place: int | None = None if self._column is None else row[self._column]
        return _NOWHERE if place is None else place

    def _from(self, place: int) -> Iterator[Row]:
        first = bisect_left(self._lasts, place)
        for number in range(first, len(self._blocks)):
            block = self._blocks[number]
            yield from block[bisect_left(block, place, key=self._place) :] if number == first else block

    def _sort_in(self) -> None:
        for row in self._new:
            place = self._place(row)
            if self._key is not None:
                self._places[self._key(row)] = place
            self._put_in(row, place)
        self._new = []

    def _put_in(self, row: Row, place: int) -> None:
        if not self._blocks:
            self._blocks, self._lasts = [[row]], [place]
            return
        number = min(bisect_right(self._lasts, place), len(self._blocks) - 1)
        block = self._blocks[number]
        insort(block, row, key=self._place)
        if len(block) > 2 * BLOCK:
            self._blocks[number : number + 1] = [block[:BLOCK], block[BLOCK:]]
            self._lasts.insert(number, self._place(block[BLOCK - 1]))
            number += 1
        self._lasts[number] = self._place(self._blocks[number][-1])

    def _take_out(self, key: Any) -> None:
        place = self._places.pop(key, None)
        if place is None or self._key is None:
            return
        for number in range(bisect_left(self._lasts, place), len(self._blocks)):
            block = self._blocks[number]
            for at in range(bisect_left(block, place, key=self._place), len(block)):
                if self._key(block[at]) == key:
                    del block[at]
                    self._mend(number)
                    return

    def _mend(self, number: int) -> None:
        if self._blocks[number]:
            self._lasts[number] = self._place(self._blocks[number][-1])
        else:
            del self._blocks[number], self._lasts[number]
