"""Tallies: what folds change of them, added up, is what all rows give at once."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.events import Fact
from footfall.domain.moments import DAY
from footfall.projections import READ_MODELS
from footfall.projections.read_model import ReadModel
from footfall.projections.sessions import duration_range, first_of_range
from footfall.projections.tallies import Tally
from tests.builders import LAW
from tests.projections.test_laws import SIZES
from tests.projections.view import ARRIVALS, fold_in

TALLIED = [model for model in READ_MODELS if model.tallied]
every_tallied_view = pytest.mark.parametrize("model", TALLIED, ids=lambda model: model.name)


@every_tallied_view
@LAW
@given(arrival=ARRIVALS, sizes=SIZES, data=st.data())
def test_what_folds_change_adds_up_to_what_all_rows_give(
    model: ReadModel, arrival: list[tuple[UUID, Fact]], sizes: list[int], data: st.DataObject
) -> None:
    view = fold_in(model, data.draw(st.permutations(arrival)), sizes)
    at_once = Tally()
    at_once.add(model.tally([*view.rows.values()]))
    assert view.tallied.result() == at_once.result()


@every_tallied_view
def test_of_no_rows_nothing_is_tallied(model: ReadModel) -> None:
    nothing = Tally()
    nothing.add(model.tally([]))
    assert nothing.result() == {}


def test_what_comes_and_goes_is_not_there() -> None:
    tally = Tally()
    tally.add({"pages": {"/a": 2, "/b": 1}})
    tally.add({"pages": {"/a": 2}, "hours": {"3": 1}}, -1)
    assert tally.result() == {"pages": {"/b": 1}, "hours": {"3": -1}}


def test_adding_leaves_what_is_added_as_it_is() -> None:
    first, tally = {"pages": {"/a": 1}}, Tally()
    for _ in range(2):
        tally.add(first)
    assert (first, tally.result()) == ({"pages": {"/a": 1}}, {"pages": {"/a": 2}})


@given(st.integers(0, 400 * DAY) | st.integers(0, 300), st.integers(0, 400 * DAY))
def test_durations_lie_in_narrow_ranges_that_are_numbered_in_their_order(duration: int, other: int) -> None:
    number = duration_range(duration)
    first, width = first_of_range(number), 1 << (number >> 6)
    assert first <= duration < first + width
    assert width <= max(1, first // 32)
    assert duration_range(first) == number
    assert duration <= other or duration_range(other) <= number
