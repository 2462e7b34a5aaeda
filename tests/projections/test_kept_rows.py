"""Rows in memory are found as a table finds them, and stay few steps away however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.events import CustomerEvent
from footfall.domain.spans import Span, lookups, merged
from footfall.projections import kept_rows
from footfall.projections.kept_rows import KeptRows
from footfall.projections.read_model import Change, Column, ColumnType, ReadModel, Row
from tests.builders import CUSTOMER, LAW


class Marks(ReadModel):
    """Marks on a line, some of them nowhere."""

    name = "marks"
    key = "mark"
    lookback_column = "place"
    columns = (
        Column("uuid", ColumnType.UUID, required=True),
        Column("mark", ColumnType.INTEGER, required=True),
        Column("place", ColumnType.INTEGER),
    )

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        return Change((), ())


def mark(number: int, place: int | None) -> Row:
    return (CUSTOMER, number, place)


def wanted(rows: Sequence[Row], spans: Sequence[Span]) -> list[Row]:
    """What a table would give, looked at from end to end."""
    placed = sorted((row for row in rows if row[2] is not None), key=lambda row: row[2])
    found = []
    for since, until in spans:
        found += [row for row in placed if since <= row[2] <= until]
        found += [row for row in placed if row[2] > until][:1]
    return [row for row in placed if row in found]


SPANS = st.lists(
    st.builds(lambda a, b: Span(min(a, b), max(a, b)), st.integers(-9, 60), st.integers(-9, 60)), max_size=4
)
CHANGES = st.lists(
    st.tuples(st.lists(st.integers(0, 30), max_size=5), st.lists(st.none() | st.integers(0, 50), max_size=9)),
    max_size=12,
)


@LAW
@given(CHANGES, SPANS, st.integers(1, 3))
def test_rows_are_found_wherever_they_were_put_and_gone_when_they_are_removed(
    changes: list[tuple[list[int], list[int | None]]], spans: list[Span], block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept_rows, "BLOCK", block)
        kept, table, number = KeptRows(Marks()), dict[int, Row](), 0
        for removed, places in changes:
            added: list[Row] = []
            # No two rows have one place, as no two sessions have one deadline.
            for place in places:
                if place is None or place not in {row[2] for row in [*table.values(), *added]}:
                    number += 1
                    added.append(mark(number, place))
            removed = [key for key in removed if key not in {row[1] for row in added}]
            table = {key: row for key, row in table.items() if key not in removed} | {row[1]: row for row in added}
            kept.change(Change(removed, added))
            assert kept.within(spans) == wanted([*table.values()], spans)
            assert sorted(row[1] for row in kept) == sorted(table)
        assert bool(kept) == bool(table)
        assert len(kept.drain()) == len(table)
        assert not kept


@given(SPANS)
def test_no_row_is_looked_up_twice(spans: list[Span]) -> None:
    places = [place for since, until, before in lookups(spans) for place in _found(since, until, before)]
    assert places == sorted(set(places))


def _found(since: int, until: int, before: int) -> list[int]:
    line = range(-20, 80, 3)
    after = [place for place in line if until < place < before][:1]
    return [place for place in line if since <= place <= until] + after


@given(SPANS)
def test_spans_that_overlap_are_merged_and_cover_the_same(spans: list[Span]) -> None:
    apart = merged(spans)
    covered = {at for since, until in spans for at in range(since, until + 1)}
    assert {at for since, until in apart for at in range(since, until + 1)} == covered
    assert all(one.until < other.since for one, other in pairwise(apart))
