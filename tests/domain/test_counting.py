"""What a customer's state counts, and when the customer was seen."""

from __future__ import annotations

from footfall.domain.attributes import Attribute
from footfall.domain.customer import INITIAL
from footfall.domain.history import advance, replay
from tests.builders import NOON, activity, learned, uid, visit


def test_activity_is_counted_and_widens_the_span_in_which_the_customer_was_seen() -> None:
    acts = [visit(NOON, 1), activity(NOON + 7, 2, counts=False), visit(NOON - 3, 3), visit(NOON + 1, 4)]
    state = advance(INITIAL, acts)
    assert state.counts == {"page.visit": 3, "button.click": 1}
    assert (state.version, state.first_seen, state.last_seen) == (4, NOON - 3, NOON + 7)
    assert [one.activities for one in state.sessions] == [3]


def test_attributes_alone_do_not_mean_that_the_customer_was_seen() -> None:
    state = replay([learned(NOON, 1, city="Brno")])
    assert (state.version, state.first_seen, state.last_seen, state.counts) == (1, None, None, {})
    assert state.attributes == {"city": Attribute(NOON, uid(1), "Brno")}
