"""Ending sessions on real databases: what is due stands in a table, and the same ends come whenever the sweep runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

import footfall
from tests.contracts.support import (
    ALICE,
    BOB,
    MINUTE,
    NOON,
    YEAR,
    ManualClock,
    OpenEngine,
    crowd,
    execute,
    gapless,
    literal,
    versions,
    visit,
)

HOUR = 60 * MINUTE


def due(url: str) -> list[tuple[Any, ...]]:
    """The rows that say when to look at whom: version of the row where the database has one, and minutes from noon."""
    version = "0" if url.startswith("sqlite") else "xmin::text"
    rows = execute(url, f"SELECT {version}, due_at FROM footfall.due ORDER BY due_at")
    return [(row, (moment - NOON) / MINUTE) for row, moment in rows]


def ends(engine: footfall.Engine) -> dict[str, datetime]:
    """The moment of each `session.end` that no revision took back, by session id."""
    told: dict[str, datetime] = {}
    for event in engine.subscribe({"session.end", "session.revise"}, after="start", follow=False):
        if event.action == "session.end":
            assert event.params["sessionId"] not in told
            told[event.params["sessionId"]] = event.time
        else:
            told = {one: moment for one, moment in told.items() if one not in event.params["replaces"]}
    return told


def sessions(engine: footfall.Engine) -> dict[str, datetime]:
    """The deadline of every session in the view."""
    return {row.session_id: row.deadline for row in engine.sessions(fresh=True)}


def test_a_visit_in_an_open_session_does_not_touch_the_row_that_says_when_to_look(
    engine: footfall.Engine, database_url: str
) -> None:
    engine.track_many([visit(ALICE, 0)])
    before = due(database_url)
    assert [moment for _, moment in before] == [30]
    for minute in range(10, 100, 10):
        engine.track_many([visit(ALICE, minute)])
        assert due(database_url) == before


def test_the_row_goes_with_the_end_and_comes_back_with_the_next_session(
    engine: footfall.Engine, database_url: str
) -> None:
    engine.track_many([visit(ALICE, 0), visit(BOB, 5)])
    assert engine.sweep() == 2
    assert due(database_url) == []
    engine.track_many([visit(ALICE, 100)])
    assert [moment for _, moment in due(database_url)] == [130]


def test_a_sweep_before_the_deadline_moves_the_row(
    engine_at: OpenEngine, database_url: str, clock: ManualClock
) -> None:
    engine = engine_at(database_url)
    engine.track_many([visit(ALICE, 0)])
    engine.track_many([visit(ALICE, 20)])
    clock.now = NOON + 40 * MINUTE
    assert engine.sweep() == 0
    assert [moment for _, moment in due(database_url)] == [50]
    clock.now = NOON + 51 * MINUTE
    assert engine.sweep() == 1


def test_status_shows_how_long_the_first_has_been_waiting(engine: footfall.Engine, clock: ManualClock) -> None:
    engine.track_many([visit(ALICE, 0), visit(BOB, 5)])
    waiting = engine.status().sessions_due
    assert (waiting.customers, waiting.oldest) == (2, datetime(2026, 1, 1, 12, 30, tzinfo=UTC))
    assert waiting.lag_seconds == pytest.approx((clock.now - NOON) / 1_000_000 - 1_800)
    engine.sweep()
    assert (engine.status().sessions_due.customers, engine.status().sessions_due.lag_seconds) == (0, 0.0)


def test_after_a_sweep_every_session_has_its_one_end(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(1_200))
    assert engine.sweep() == 1_200
    assert engine.sweep() == 0
    assert ends(engine) == sessions(engine)
    assert gapless(versions(database_url).values())


def test_a_late_event_that_joins_two_ended_sessions_leaves_one_that_ends_as_a_whole(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(ALICE, 60)])
    engine.sweep()
    engine.track_many([visit(ALICE, 30)])
    assert engine.sweep() == 1
    assert ends(engine) == sessions(engine)
    (revision,) = engine.subscribe({"session.revise"}, after="start", follow=False)
    starts = [event.params["sessionId"] for event in engine.subscribe({"session.start"}, after="start", follow=False)]
    assert revision.params["replaces"] == starts
    assert revision.params["sessionId"] == starts[0]
    assert revision.params["lastActivityAt"] == "2026-01-01T13:00:00.000000Z"


def story(engine: footfall.Engine, clock: ManualClock, jumps: dict[int, int]) -> dict[str, datetime]:
    """A morning of three customers with a sweep every ten minutes; at some of them the clock is wrong by so much."""
    for minute in range(0, 240, 10):
        clock.now = NOON + (minute + 1) * MINUTE
        engine.track_many([visit(who, minute) for who, often in ((ALICE, 50), (BOB, 20)) if minute % often < 20])
        clock.now += jumps.get(minute, 0)
        if jumps.get(minute) != YEAR:
            engine.sweep()
    clock.now = NOON + 12 * HOUR
    engine.sweep()
    assert engine.verify().ok
    assert ends(engine) == sessions(engine)
    return ends(engine)


@pytest.mark.parametrize(
    "jumps",
    [
        dict.fromkeys(range(60, 120, 10), HOUR),
        dict.fromkeys(range(60, 120, 10), -HOUR),
        {minute: (-HOUR, HOUR)[minute // 10 % 2] for minute in range(0, 240, 10)},
        dict.fromkeys(range(60, 130, 10), YEAR),
    ],
    ids=["an hour ahead", "an hour behind", "to and fro", "no sweep for an hour"],
)
def test_a_clock_that_jumps_or_a_sweep_that_is_down_for_an_hour_ends_the_same_sessions(
    engine_at: OpenEngine, tmp_path: Any, clock: ManualClock, database_url: str, jumps: dict[int, int]
) -> None:
    usual = story(engine_at(f"sqlite:///{tmp_path / 'usual.db'}"), clock, {})
    assert story(engine_at(database_url), clock, jumps) == usual


def test_a_stream_that_cannot_be_read_keeps_nobody_elses_session_open(
    engine_at: OpenEngine, database_url: str, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    engine_at(database_url).track_many([visit(ALICE, 0), visit(BOB, 0)])
    event_id = literal(visit(ALICE, 0)["event_id"], database_url)
    execute(database_url, f"UPDATE footfall.log SET topic = 'no.such.topic' WHERE event_id = {event_id}")
    engine = engine_at(database_url)
    assert engine.sweep() == 1
    assert str(ALICE) in caplog.text
    assert engine.sweep() == 0
    assert [event.uuid for event in engine.subscribe({"session.end"}, after="start", follow=False)] == [str(BOB)]
    execute(database_url, f"UPDATE footfall.log SET topic = 'activity' WHERE event_id = {event_id}")
    clock.now += HOUR
    assert engine.sweep() == 1


def test_a_clock_that_jumped_back_keeps_nobody_elses_sessions_open(engine: footfall.Engine, clock: ManualClock) -> None:
    # The first session is forgotten by the snapshot and was prolonged since its deadline was written: its customer is
    # looked at, its history is read for that, and by this clock nothing of it has ended yet.
    prolonged, ended = UUID(int=4), UUID(int=8)
    engine.track_many([visit(prolonged, 0)])
    engine.track_many([visit(prolonged, 120 + 60 * n) for n in range(40)])
    engine.track_many([visit(prolonged, 10), visit(ended, 0)])
    clock.now = NOON + 35 * MINUTE
    assert engine.sweep() == 1
    clock.now = NOON + 41 * MINUTE
    assert engine.sweep() == 1
