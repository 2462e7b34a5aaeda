"""What the views of one customer show, on every database, and how late events mend them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import footfall
from footfall.domain.moments import to_datetime
from tests.contracts.support import ALICE, BOB, DAY, MINUTE, NOON, SECOND, ManualClock, visit


def at(minute: float) -> datetime:
    return to_datetime(NOON + round(minute * MINUTE))


def visits_of(engine: footfall.Engine) -> list[dict[str, Any]]:
    """Alice's page visits in the order of event time: url, the pages around, seconds, which session."""
    sessions = {row.session_id: at for at, row in enumerate(reversed(engine.sessions(ALICE, fresh=True)))}
    return [
        {
            "url": row.url,
            "previous": row.previous_url,
            "next": row.next_url,
            "seconds": row.seconds_until_next,
            "session": None if row.session_id is None else sessions[row.session_id],
        }
        for row in reversed(engine.page_visits(ALICE, fresh=True))
    ]


def test_a_page_visit_tells_what_was_seen(engine: footfall.Engine) -> None:
    engine.track_many(
        [visit(ALICE, 0, "https://Shop.Test:8080/mugs?red=1", title="Mugs", referrer="https://web.test/")]
    )
    (row,) = engine.page_visits(ALICE, fresh=True)
    assert (row.url, row.host, row.path) == ("https://Shop.Test:8080/mugs?red=1", "shop.test", "/mugs")
    assert (row.title, row.referrer, row.uuid, row.time) == ("Mugs", "https://web.test/", str(ALICE), at(0))
    assert row.event_id == str(visit(ALICE, 0, row.url)["event_id"])
    assert (row.previous_url, row.next_url, row.seconds_until_next) == (None, None, None)
    assert row.session_id == engine.sessions(ALICE, fresh=True)[0].session_id


def test_visits_know_the_pages_around_them_the_time_between_and_their_session(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 1.5, "/b"), visit(BOB, 2, "/x"), visit(ALICE, 60, "/c")])
    assert visits_of(engine) == [
        {"url": "/a", "previous": None, "next": "/b", "seconds": 90.0, "session": 0},
        {"url": "/b", "previous": "/a", "next": "/c", "seconds": 3510.0, "session": 0},
        {"url": "/c", "previous": "/b", "next": None, "seconds": None, "session": 1},
    ]


def test_a_late_visit_comes_between_and_joins_two_sessions(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 60, "/c")])
    assert [row["session"] for row in visits_of(engine)] == [0, 1]
    engine.track_many([visit(ALICE, 30, "/b")])
    assert visits_of(engine) == [
        {"url": "/a", "previous": None, "next": "/b", "seconds": 1800.0, "session": 0},
        {"url": "/b", "previous": "/a", "next": "/c", "seconds": 1800.0, "session": 0},
        {"url": "/c", "previous": "/b", "next": None, "seconds": None, "session": 0},
    ]
    (session,) = engine.sessions(ALICE, fresh=True)
    assert (session.started_at, session.last_activity_at, session.activities) == (at(0), at(60), 3)


def test_an_early_visit_moves_the_start_of_a_session(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 10, "/b", referrer="https://later.test/")])
    (before,) = engine.sessions(ALICE, fresh=True)
    engine.track_many([visit(ALICE, 0, "/a", referrer="https://first.test/")])
    (after,) = engine.sessions(ALICE, fresh=True)
    assert (after.started_at, after.entry_url, after.exit_url) == (at(0), "/a", "/b")
    assert after.referrer == "https://first.test/"
    assert after.session_id != before.session_id


def test_visits_at_the_same_moment_are_ordered_by_event_id(engine: footfall.Engine) -> None:
    events = sorted((visit(ALICE, 0, f"/{n}") for n in range(4)), key=lambda event: event["event_id"])
    engine.track_many(events[::-1])
    urls = [event["params"]["url"] for event in events]
    assert [row["url"] for row in visits_of(engine)] == urls
    assert [row["next"] for row in visits_of(engine)] == [*urls[1:], None]
    assert [row["seconds"] for row in visits_of(engine)] == [0.0, 0.0, 0.0, None]


def test_a_session_counts_activities_that_are_no_page_visits(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 5, "/b")])
    engine.track(ALICE, "button.click", {"text": "Buy"}, time=at(20))
    engine.charge(ALICE, "order-1", [{"sku": "mug"}], time=at(300))
    (session,) = engine.sessions(ALICE, fresh=True)
    assert (session.activities, session.page_visits, session.entry_url, session.exit_url) == (3, 2, "/a", "/b")
    assert (session.last_activity_at, session.deadline) == (at(20), at(50))


def test_a_visit_that_is_no_session_activity_lies_in_no_session(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 10, "/c")])
    engine.define("page.visit", session_activity=False)
    engine.track_many([visit(ALICE, 5, "/b")])
    assert [(row["url"], row["session"]) for row in visits_of(engine)] == [("/a", 0), ("/b", None), ("/c", 0)]
    assert [row.activities for row in engine.sessions(ALICE, fresh=True)] == [2]


def test_a_session_is_open_until_its_deadline_has_passed(engine: footfall.Engine, clock: ManualClock) -> None:
    clock.now = NOON + MINUTE
    engine.track_many([visit(ALICE, 0)])
    clock.now = NOON + 30 * MINUTE - SECOND
    assert [row.state for row in engine.sessions(ALICE, fresh=True)] == ["open"]
    current = engine.profile(ALICE).current_session
    assert current is not None
    assert current.deadline == at(30)
    clock.now = NOON + 30 * MINUTE + SECOND
    assert [row.state for row in engine.sessions(ALICE, fresh=True)] == ["ended"]
    assert engine.profile(ALICE).current_session is None


def test_a_claim_of_the_future_becomes_the_moment_it_was_received(engine: footfall.Engine, clock: ManualClock) -> None:
    clock.now = NOON
    result = engine.track(ALICE, "page.visit", {"url": "/"}, time=to_datetime(NOON + DAY))
    assert result.status == "accepted"
    (row,) = engine.page_visits(ALICE, fresh=True)
    assert row.time == row.received_at
    (entry,) = (entry for entry in engine.timeline(ALICE) if entry.action == "page.visit")
    assert (entry.time, entry.claimed_time) == (row.time, to_datetime(NOON + DAY))


def test_catching_up_ends_however_much_is_written_meanwhile(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    written: list[int] = []

    def write_on(_rows: int) -> None:
        written.append(len(written))
        assert len(written) < 100
        engine.track_many([visit(ALICE, len(written))])

    engine.catch_up(write_on)
    assert written == [0]
    assert [len(engine.page_visits(ALICE, fresh=fresh)) for fresh in (False, True)] == [1, 2]
