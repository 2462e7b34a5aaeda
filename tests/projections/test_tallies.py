"""Tallies: what folds change of them, added up, is what all rows give at once."""

from __future__ import annotations

from bisect import bisect_right
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.events import Fact
from footfall.domain.moments import DAY, SECOND
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


@given(st.integers(0, 400 * DAY) | st.integers(0, 300))
def test_a_duration_lies_in_the_range_of_its_number(duration: int) -> None:
    number = duration_range(duration)
    first, after = first_of_range(number), first_of_range(number + 1)
    assert first <= duration
    assert duration_range(first) == number
    assert after > duration or duration_range(after) == number + 1 or number % 64 == 63


@given(st.lists(st.integers(0, 3_600 * SECOND), min_size=2))
def test_ranges_are_in_the_order_of_durations_and_narrow(durations: list[int]) -> None:
    numbers = list(map(duration_range, sorted(durations)))
    assert numbers == sorted(numbers)
    starts = sorted({first_of_range(duration_range(one)) for one in range(0, 200_000, 7)})
    for duration in durations:
        if duration < starts[-1]:
            at = bisect_right(starts, duration)
            assert starts[at] - starts[at - 1] <= max(1, starts[at - 1] // 32 + 7)
