from __future__ import annotations

from typing import Any

from hypothesis import given

from footfall.domain.customer import INITIAL
from footfall.domain.events import Fact
from footfall.domain.history import advance
from footfall.projections import PROFILES
from tests.builders import CUSTOMER, LAW, NOON, OTHER, activity, facts, learned, uid, visit
from tests.projections.view import View


def row(view: View) -> dict[str, Any]:
    (only,) = view.documents()
    return only


def test_a_customer_is_one_row_with_counts_the_span_and_attributes() -> None:
    view = View(PROFILES).take(visit(NOON, 1), activity(NOON - 5, 2, counts=False), learned(NOON, 3, city="Brno"))
    assert row(view) == {
        "uuid": CUSTOMER,
        "first_seen": NOON - 5,
        "last_seen": NOON,
        "events": 2,
        "counts": {"page.visit": 1, "button.click": 1},
        "attributes": {"city": "Brno"},
        "places": {"city": [NOON, 0, str(uid(3))]},
    }


def test_further_batches_add_to_the_row() -> None:
    view = View(PROFILES).take(visit(NOON, 1)).take(visit(NOON + 5, 2)).take(visit(NOON - 5, 3), activity(NOON, 4))
    shown = row(view)
    assert (shown["events"], shown["counts"]) == (4, {"page.visit": 3, "button.click": 1})
    assert (shown["first_seen"], shown["last_seen"]) == (NOON - 5, NOON + 5)


def test_a_customer_of_whom_only_attributes_are_known_was_not_seen() -> None:
    shown = row(View(PROFILES).take(learned(NOON, 1, city="Brno")))
    assert (shown["first_seen"], shown["last_seen"], shown["events"], shown["counts"]) == (None, None, 0, {})


def test_old_data_that_comes_late_does_not_overwrite() -> None:
    view = View(PROFILES).take(learned(NOON, 1, city="Wien")).take(learned(NOON - 1, 2, city="Brno", plan="free"))
    assert row(view)["attributes"] == {"city": "Wien", "plan": "free"}


def test_at_one_moment_the_greater_id_wins_across_batches() -> None:
    for order in ([1, 2], [2, 1]):
        view = View(PROFILES)
        for number in order:
            view.take(learned(NOON, number, city=number))
        assert row(view)["attributes"] == {"city": 2}


def test_what_was_forgotten_stays_forgotten_when_older_data_comes() -> None:
    view = View(PROFILES).take(learned(NOON, 1, city="Brno")).take(learned(NOON + 5, 2, city=None))
    assert row(view)["attributes"] == {}
    assert row(view.take(learned(NOON + 1, 3, city="Wien")))["attributes"] == {}
    assert row(view.take(learned(NOON + 9, 4, city="Graz")))["attributes"] == {"city": "Graz"}


def test_values_that_are_false_or_empty_are_kept() -> None:
    values: dict[str, Any] = {"vip": False, "visits": 0, "note": "", "tags": [], "more": {}}
    view = View(PROFILES).take(learned(NOON, 1, **values)).take(visit(NOON, 2))
    assert row(view)["attributes"] == values


def test_customers_have_rows_of_their_own() -> None:
    view = View(PROFILES).take(visit(NOON, 1)).take(visit(NOON, 1), visit(NOON, 2), customer=OTHER)
    assert view.table("uuid", "events") == [(CUSTOMER, 1), (OTHER, 2)]


def test_a_row_that_was_read_is_not_changed_in_place() -> None:
    view = View(PROFILES).take(visit(NOON, 1), learned(NOON, 2, city="Brno"))
    before = [*view.rows.values()]
    kept = row(view)
    PROFILES.fold(CUSTOMER, before, [visit(NOON, 3), learned(NOON + 1, 4, city="Wien")])
    assert row(view) == kept
    assert kept["counts"] == {"page.visit": 1}


@LAW
@given(facts(1))
def test_the_row_agrees_with_the_state_that_is_read_from_the_stream(arrived: list[Fact]) -> None:
    view = View(PROFILES)
    for fact in arrived:
        view.take(fact)
    state, shown = advance(INITIAL, arrived), row(view)
    assert (shown["first_seen"], shown["last_seen"]) == (state.first_seen, state.last_seen)
    assert (shown["counts"], shown["events"]) == (state.counts, sum(state.counts.values()))
    known = {name: attribute.value for name, attribute in state.attributes.items() if attribute.value is not None}
    assert shown["attributes"] == known
