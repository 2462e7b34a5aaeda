"""Tallies beside the views: reads over all customers give what counting all rows gives, whatever happened before."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

import footfall
from footfall.infrastructure.views import tallies
from tests.contracts.support import ALICE, BOB, OpenEngine, execute, named, visit

PAGES = [f"/{n}" for n in range(12)]
EARLY = "0001-01-01T00:00:00Z"


def story(customers: int, seed: int) -> list[dict[str, Any]]:
    """Visits in no order of time, close and far apart, so that sessions join and pages are visited again."""
    rng = random.Random(seed)
    moments = [rng.choice((7, 20, 31)) * rng.randrange(60) for _ in range(customers * 12)]
    return [visit(named(f"tallied {rng.randrange(customers)}"), moment, rng.choice(PAGES)) for moment in moments]


def counted(engine: footfall.Engine) -> list[tuple[str, int, int, int, int]]:
    """All pages, as they follow from the rows of the views."""
    visits, sessions = (engine.rows(view, limit=None, fresh=False) for view in ("page_visits", "sessions"))
    by_page = Counter(row["url"] for row in visits)
    customers = Counter(url for url, _ in {(row["url"], row["uuid"]) for row in visits})
    entries, exits = (Counter(row[name] for row in sessions) for name in ("entry_url", "exit_url"))
    in_order = sorted(by_page.items(), key=lambda one: (-one[1], one[0]))
    return [(url, number, customers[url], entries[url], exits[url]) for url, number in in_order]


def told(engine: footfall.Engine, limit: int | None = None) -> list[tuple[str, int, int | None, int, int]]:
    """The same as the engine tells it."""
    found = engine.pages(limit=limit, customers=True, fresh=False)
    return [(page.url, page.visits, page.customers, page.entries, page.exits) for page in found]


def check(engine: footfall.Engine) -> None:
    """What is told is what rows give."""
    expected, stats = counted(engine), engine.stats(fresh=False)
    assert told(engine) == expected
    assert [told(engine, limit) for limit in (0, 1, 3)] == [expected[:limit] for limit in (0, 1, 3)]
    profiles = engine.profiles(limit=None, fresh=False)
    assert (stats.page_visits, stats.customers) == (sum(one[1] for one in expected), len(profiles))
    assert stats.events == sum(profile.events for profile in profiles)
    assert stats.sessions == len(engine.sessions(fresh=False))
    assert engine.session_summary(fresh=False) == engine.session_summary(since=EARLY, fresh=False)


@pytest.mark.parametrize("settled_after", [0, 60, 40_000])
@pytest.mark.parametrize("looked_at_first", [2, 1_000])
def test_tallies_follow_late_and_shuffled_events(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch, settled_after: int, looked_at_first: int
) -> None:
    monkeypatch.setattr(tallies, "MOST_NUMBERS", settled_after)
    monkeypatch.setattr(tallies, "FIRST_LOOK", looked_at_first)
    events = story(20, settled_after)
    for first in range(0, len(events), 40):
        engine.track_many(events[first : first + 40])
        engine.catch_up()
    check(engine)
    assert engine.verify().ok
    engine.rebuild()
    check(engine)
    engine.track_many(story(25, 7))
    engine.catch_up()
    check(engine)
    assert engine.verify().ok


def test_a_rebuild_by_several_processes_tallies_alike(
    engine_at: OpenEngine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = engine_at(postgres_url)
    engine.track_many(story(30, 2))
    engine.catch_up()
    before = told(engine), engine.session_summary(), engine.stats()
    engine.rebuild(workers=2)
    assert (told(engine), engine.session_summary(), engine.stats()) == before
    monkeypatch.setattr(tallies, "MOST_NUMBERS", 0)
    engine.track_many(story(10, 3))
    engine.catch_up()
    check(engine)
    assert engine.verify().ok


def test_customers_of_pages_are_counted_only_where_they_are_asked_for(engine: footfall.Engine) -> None:
    engine.track_many(story(10, 1))
    engine.catch_up()
    without = engine.pages(limit=None, fresh=False)
    assert {page.customers for page in without} == {None}
    assert [(page.url, page.visits, page.entries, page.exits) for page in without] == [
        (url, visits, entries, exits) for url, visits, _, entries, exits in counted(engine)
    ]


WRONG = {
    "pages": "UPDATE footfall.tallies SET number = number + 1 WHERE projection = 'page_visits' AND name = 'pages'",
    "entries": "DELETE FROM footfall.tallies WHERE projection = 'sessions' AND name = 'entries'",
    "hours": "INSERT INTO footfall.tally_changes (projection, name, numbers, sign, changes) "
    "VALUES ('sessions', 'hours', 1, 1, '{\"25\": 1}')",
}


@pytest.mark.spoils
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_tally_is_found_and_a_rebuild_mends_it(
    engine: footfall.Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(tallies, "MOST_NUMBERS", 0)
    engine.track_many([visit(ALICE, 0, "/a"), visit(BOB, 0, "/a")])
    engine.catch_up()
    assert engine.verify().ok
    execute(database_url, WRONG[name])
    verification = engine.verify()
    assert not verification.ok
    (wrong,) = (one for one in verification.views if one.differing)
    assert {one.row["tally"] for one in wrong.differences} == {name}
    engine.rebuild(wrong.view)
    assert engine.verify().ok
    check(engine)


@pytest.mark.spoils
def test_a_row_that_was_changed_by_hand_is_not_told_as_a_wrong_tally(
    engine: footfall.Engine, database_url: str
) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(BOB, 0, "/a")])
    engine.catch_up()
    execute(database_url, "UPDATE footfall.page_visits SET url = '/b'")
    (wrong,) = (one for one in engine.verify().views if one.differing)
    assert (wrong.view, wrong.differing) == ("page_visits", 4)


def test_a_url_of_any_length_is_a_page(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "MOST_NUMBERS", 0)
    rng = random.Random(1)
    urls = ["/" + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=size)) for size in (10, 3_000, 50_000)]
    engine.track_many([visit(ALICE, n, url) for n, url in enumerate(urls * 2)])
    engine.catch_up()
    check(engine)
    assert {page.visits for page in engine.pages(fresh=False)} == {2}
