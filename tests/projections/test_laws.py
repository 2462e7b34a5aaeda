"""Every view: any order of arrival and any split into batches gives the same rows."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.customer import INITIAL, decide_and_evolve
from footfall.domain.events import CustomerEvent, Fact
from footfall.domain.history import advance
from footfall.projections import READ_MODELS, SESSION_HANDLES
from footfall.projections.read_model import ReadModel
from tests.builders import CUSTOMER, LAW, end_of, facts
from tests.projections.view import ARRIVALS, fold_in

every_view = pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
SIZES = st.lists(st.integers(1, 4), max_size=10)


@every_view
@LAW
@given(arrival=ARRIVALS, sizes=SIZES, data=st.data())
def test_any_permutation_and_any_split_gives_the_same_rows(
    model: ReadModel, arrival: list[tuple[UUID, Fact]], sizes: list[int], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(arrival))
    assert fold_in(model, shuffled, sizes).rows == fold_in(model, arrival).rows


@pytest.mark.parametrize("model", [model for model in READ_MODELS if model is not SESSION_HANDLES])
@LAW
@given(arrived=facts(), sizes=SIZES)
def test_announcements_of_the_engine_change_no_row(model: ReadModel, arrived: list[Fact], sizes: list[int]) -> None:
    state, stream = INITIAL, list[tuple[UUID, CustomerEvent]]()
    for fact in arrived:
        events, state = decide_and_evolve(CUSTOMER, state, fact)
        ends = [end_of(session) for session in state.sessions[:1] if not session.end_announced]
        state = advance(state, ends)
        stream += [(CUSTOMER, event) for event in (*events, *ends)]
    assert fold_in(model, stream, sizes).rows == fold_in(model, [(CUSTOMER, fact) for fact in arrived]).rows


@every_view
def test_every_view_has_a_column_for_the_customer_and_one_for_its_reach(model: ReadModel) -> None:
    names = [column.name for column in model.columns]
    assert len(names) == len(set(names))
    assert "uuid" in names
    assert model.lookback_column is None or model.lookback_column in names
    assert {name for index in model.indexes for name in index.columns} <= set(names)
