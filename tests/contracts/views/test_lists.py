"""What is asked over all customers: profiles, pages, counts, and how far the views are."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest

import footfall
from footfall.domain.moments import to_datetime
from footfall.projections import READ_MODELS
from tests.contracts.support import ALICE, BOB, CAROL, MINUTE, NOON, OpenEngine, crowd, statuses, visit


def found(engine: footfall.Engine, **attributes: Any) -> list[str]:
    return [row.uuid for row in engine.profiles(attributes, fresh=True)]


def test_profiles_show_counts_and_attributes_the_last_seen_first(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(BOB, 100), visit(ALICE, 50, "/b")])
    engine.update(ALICE, {"email": "alice@shop.test", "plan": "gold"})
    engine.update(CAROL, {"plan": "gold"})
    bob, alice, carol = engine.profiles(fresh=True)
    assert [bob.uuid, alice.uuid, carol.uuid] == [str(BOB), str(ALICE), str(CAROL)]
    assert (alice.events, alice.sessions, alice.counts) == (2, 2, {"page.visit": 2})
    assert alice.attributes == {"email": "alice@shop.test", "plan": "gold"}
    assert (alice.first_seen, alice.last_seen) == tuple(to_datetime(NOON + minute * MINUTE) for minute in (0, 50))
    assert (carol.events, carol.sessions, carol.first_seen) == (0, 0, None)
    assert len(engine.profiles(limit=2, fresh=True)) == 2


def test_profiles_are_found_by_all_the_attributes_given(engine: footfall.Engine) -> None:
    engine.update(ALICE, {"plan": "gold", "city": "Brno", "visits": 3})
    engine.update(BOB, {"plan": "gold", "city": "Zlín"})
    engine.track_many([visit(ALICE, 1), visit(BOB, 0)])
    assert found(engine, plan="gold") == [str(ALICE), str(BOB)]
    assert found(engine, plan="gold", city="Zlín") == [str(BOB)]
    assert found(engine, visits=3) == [str(ALICE)]
    assert found(engine, visits="3") == found(engine, plan="go") == found(engine, nothing=1) == []


def test_the_latest_attribute_is_found_and_a_forgotten_one_is_not(engine: footfall.Engine) -> None:
    engine.update(ALICE, {"plan": "gold", "city": "Brno"}, time="2026-01-01T10:00:00Z")
    engine.update(ALICE, {"plan": "silver"}, time="2026-01-01T09:00:00Z")
    engine.update(ALICE, {"city": None}, time="2026-01-01T11:00:00Z")
    assert found(engine, plan="gold") == [str(ALICE)]
    assert found(engine, plan="silver") == found(engine, city="Brno") == []
    assert engine.profile(ALICE).attributes == {"plan": "gold"}


@pytest.mark.parametrize("value", [True, False, 2, 0.5, "", "a'b\"\\%_", ["a", "b"], {"street": "Long"}])
def test_a_value_of_any_type_is_found_by_itself(engine: footfall.Engine, value: object) -> None:
    engine.update(ALICE, {"thing": value})
    assert engine.profiles(fresh=True)[0].attributes == {"thing": value}
    assert found(engine, thing=value) == [str(ALICE)]


@pytest.mark.parametrize(
    ("kept", "sought"),
    [
        (True, 1),
        (1, True),
        ("1", 1),
        (0, False),
        ("a", ["a"]),
        (["a"], "a"),
        (["a", "b"], ["a"]),
        ({"a": 1, "b": 2}, {"a": 1}),
    ],
)
def test_a_value_is_not_found_by_another_that_resembles_it(
    engine: footfall.Engine, kept: object, sought: object
) -> None:
    engine.update(ALICE, {"thing": kept})
    assert found(engine, thing=sought) == []


def test_a_value_that_no_profile_can_have_is_not_found(engine: footfall.Engine) -> None:
    engine.update(ALICE, {"thing": 1})
    assert found(engine, thing="\x00") == found(engine, thing=None) == []


def test_a_large_number_stays_a_number_with_a_fraction(engine: footfall.Engine) -> None:
    engine.update(ALICE, {"small": 1.5, "large": 1e300})
    (row,) = engine.profiles(fresh=True)
    assert {name: type(value) for name, value in row.attributes.items()} == {"small": float, "large": float}
    assert row.attributes == engine.profile(ALICE).attributes


def test_pages_count_visits_customers_entries_and_exits(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 1, "/b"), visit(ALICE, 2, "/a"), visit(BOB, 0, "/b")])
    assert engine.pages(customers=True, fresh=True) == [
        footfall.PageRow("/a", visits=2, customers=1, entries=1, exits=1),
        footfall.PageRow("/b", visits=2, customers=2, entries=1, exits=1),
    ]
    engine.track_many([visit(ALICE, 3, "/b")])
    most = engine.pages(limit=1, customers=True, fresh=True)
    assert most == [footfall.PageRow("/b", visits=3, customers=2, entries=1, exits=2)]


def test_stats_count_what_was_handed_in(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(ALICE, 100), visit(BOB, 0), {"uuid": BOB, "action": "no.such"}])
    engine.update(CAROL, {"plan": "gold"})
    stats = engine.stats(fresh=True)
    assert (stats.page_visits, stats.sessions, stats.rejected) == (3, 3, 1)
    assert (stats.events, stats.customers) == (3, 3)


def test_status_tells_how_far_each_view_is(engine: footfall.Engine) -> None:
    assert [(one.position, one.lag) for one in engine.status().projections] == [(0, 0)] * 5
    engine.track_many(crowd(10))
    behind = engine.status()
    assert [one.projection for one in behind.projections] == [model.name for model in READ_MODELS]
    assert {one.lag for one in behind.projections} == {40}
    assert engine.catch_up() == 40
    current = engine.status()
    assert {(one.position, one.lag) for one in current.projections} == {(current.log_head, 0)}
    assert (current.session_timeout_seconds, current.parked, current.rejected) == (1800.0, [], 0)
    assert engine.catch_up() == 0


def test_reads_show_what_was_folded_and_catch_up_when_asked(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    engine.track_many([visit(ALICE, 0)])
    assert engine.page_visits(ALICE, fresh=False) == []
    assert engine.stats(fresh=False).page_visits == 0
    assert len(engine.page_visits(ALICE, fresh=True)) == 1
    assert engine_at(database_url).stats(fresh=False).page_visits == 1


def test_an_event_of_any_size_that_is_taken_in_is_shown(engine: footfall.Engine) -> None:
    rng = random.Random(NOON)
    long = "https://shop.test/" + "".join(rng.choices(string.ascii_letters, k=20_000))
    assert (
        statuses(engine.track_many([visit(ALICE, 0, long, referrer=long, title=long), visit(BOB, 0)]))
        == ["accepted"] * 2
    )
    (row,) = engine.page_visits(ALICE, fresh=True)
    assert (row.url, row.referrer, row.title, row.path) == (long, long, long, long[17:])
    assert [session.entry_url for session in engine.sessions(ALICE, fresh=True)] == [long]
    assert {page.url: page.entries for page in engine.pages(fresh=True)} == {long: 1, "/": 1}
    assert engine.verify().ok
