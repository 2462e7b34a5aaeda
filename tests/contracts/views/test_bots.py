"""Bots are kept in the log and shown among page visits, and are in no session unless a definition says so."""

from __future__ import annotations

import random
from typing import Any

import footfall
from tests.contracts.support import ALICE, MINUTE, NOON, ManualClock, named, shown_by, visit

MARKED = {"bot": True}
SEVENTH = named("customer 7")  # whose rows `shown_by` shows


def bot_visit(minute: float, url: str = "/") -> dict[str, Any]:
    return visit(ALICE, minute, url, **MARKED)


def sessions(engine: footfall.Engine) -> list[tuple[str | None, str | None, int]]:
    """Alice's sessions: the first page, the last one, and how many activities."""
    rows = engine.sessions(ALICE, fresh=True)
    return [(row.entry_url, row.exit_url, row.activities) for row in reversed(rows)]


def test_the_visit_of_a_bot_is_kept_and_opens_no_session(engine: footfall.Engine, clock: ManualClock) -> None:
    assert engine.track_many([bot_visit(0)])[0].status == "accepted"
    (row,) = engine.page_visits(ALICE, fresh=True)
    assert (row.url, row.session_id) == ("/", None)
    assert [entry.action for entry in engine.timeline(ALICE)] == ["page.visit"]
    assert engine.timeline(ALICE)[0].params == {"url": "/", **MARKED}
    clock.now = NOON + 60 * MINUTE
    assert engine.sweep() == 0
    assert engine.stats(fresh=True).sessions == 0


def test_a_bot_neither_prolongs_nor_joins_sessions_nor_is_it_counted_in_them(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), bot_visit(10), bot_visit(29), visit(ALICE, 50, "/b")])
    assert sessions(engine) == [("/a", "/a", 1), ("/b", "/b", 1)]
    assert engine.profile(ALICE).counts["page.visit"] == 4


def test_a_late_bot_changes_no_session(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 10, "/b"), visit(ALICE, 60, "/c")])
    before = sessions(engine)
    engine.track_many([bot_visit(-5), bot_visit(5), bot_visit(35), bot_visit(100)])
    assert sessions(engine) == before == [("/a", "/b", 2), ("/c", "/c", 1)]


def test_other_activity_of_bots_counts_as_little(engine: footfall.Engine) -> None:
    for action, params in [("button.click", {}), ("product.addToCart", {"sku": "T-100", "quantity": 1})]:
        assert engine.track(ALICE, action, {**params, **MARKED}).status == "accepted"
    assert sessions(engine) == []


def test_bots_count_where_the_definition_says_so_and_only_from_then_on(engine: footfall.Engine) -> None:
    engine.track_many([bot_visit(0, "/a")])
    engine.define("page.visit", bots_in_sessions=True)
    engine.track_many([bot_visit(1, "/b")])
    engine.define("page.visit", bots_in_sessions=False)
    engine.track_many([bot_visit(2, "/c")])
    assert sessions(engine) == [("/b", "/b", 1)]
    engine.rebuild()
    assert sessions(engine) == [("/b", "/b", 1)]


def test_the_mark_of_a_custom_action_counts_as_its_definition_says(engine: footfall.Engine) -> None:
    engine.define("entries.count", access=footfall.Access.ANONYMOUS)
    engine.define("entries.made", access=footfall.Access.ANONYMOUS, bots_in_sessions=True)
    engine.track(ALICE, "entries.count", MARKED)
    assert sessions(engine) == []
    engine.track(ALICE, "entries.made", MARKED)
    assert sessions(engine) == [(None, None, 1)]


def test_a_rebuild_gives_the_same_whatever_the_definitions_say_by_then(engine: footfall.Engine) -> None:
    rng = random.Random(7)
    events = [
        visit(rng.choice((ALICE, SEVENTH)), minute, f"/{n}", **rng.choice(({}, {}, MARKED, {"bot": False})))
        for n, minute in enumerate(rng.sample(range(400), 60))
    ]
    engine.track_many(events)
    engine.catch_up()
    before = shown_by(engine)
    people = [event for event in events if event["params"].get("bot") is not True]
    assert sum(row.activities for who in (ALICE, SEVENTH) for row in engine.sessions(who, limit=None)) == len(people)
    engine.define("page.visit", bots_in_sessions=True)
    engine.rebuild()
    assert shown_by(engine) == before


def test_a_visit_that_is_sent_again_from_another_network_is_a_duplicate(engine: footfall.Engine) -> None:
    sent = {"url": "/", "title": "Home"}
    first = engine.track(ALICE, "page.visit", {**sent, "address": "203.0.113.0/24"}, event_id=named("sent"))
    again = engine.track(ALICE, "page.visit", {**sent, "address": "198.51.100.0/24"}, event_id=named("sent"))
    other = engine.track(ALICE, "page.visit", {**sent, "title": "Other"}, event_id=named("sent"))
    assert [str(one.reason or one.status) for one in (first, again, other)] == ["accepted", "duplicate", "conflict"]
