"""Another session timeout: what it would have made of the log, counted and not written."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import footfall
from footfall.application.reading.answers import Outcome
from footfall.projections.session_summary import SessionSummary
from tests.contracts.support import ALICE, BOB, MINUTE, OpenEngine, columns_of, execute, named, visit

MICROSECOND = timedelta(microseconds=1)
HALF_AN_HOUR = timedelta(minutes=30)


def crowd_of(rng: random.Random, timeouts: list[timedelta]) -> list[dict[str, Any]]:
    """What some customers did, in no order: with gaps on and beside the timeouts, and some that is no activity."""
    gaps = [timeout // MICROSECOND + more for timeout in timeouts for more in (-1, 0, 1)]
    events = []
    for customer in range(15):
        at = float(rng.randrange(-5_000, 5_000))
        for number in range(rng.randrange(1, 12)):
            one = visit(named(f"customer {customer}"), at, f"/{number}")
            events.append(one | {"action": rng.choice(["page.visit", "page.visit", "server.noted"])})
            at += rng.choice([*gaps, 0, MINUTE, 90 * MINUTE]) / MINUTE
    return rng.sample(events, len(events))


def fed(engine: footfall.Engine, events: list[dict[str, Any]]) -> footfall.Engine:
    """The engine once it has taken in the events."""
    engine.define("server.noted", session_activity=False)
    assert all(result.status == "accepted" for result in engine.track_many(events))
    return engine


def told(figures: Outcome | SessionSummary) -> tuple[float | None, ...]:
    """What a count and a summary both tell."""
    return figures.sessions, figures.bounces, figures.bounce_rate, figures.time_on_site_seconds


def content(url: str) -> dict[str, list[str]]:
    """Every row of every table of the store."""
    return {table: sorted(map(repr, execute(url, f"SELECT * FROM footfall.{table}"))) for table in columns_of(url)}


@pytest.mark.parametrize("seed", range(2))
def test_what_would_be_is_what_a_store_with_that_timeout_shows_of_the_same_events(
    engine: footfall.Engine, engine_at: OpenEngine, tmp_path: Path, seed: int
) -> None:
    timeouts = [MICROSECOND, timedelta(minutes=10), HALF_AN_HOUR, timedelta(hours=2)]
    events = crowd_of(random.Random(seed), timeouts)
    fed(engine, events)
    counts = set()
    for number, timeout in enumerate([*timeouts, timedelta(days=365)]):
        other = fed(engine_at(f"sqlite:///{tmp_path}/other{number}.db", session_timeout=timeout), events)
        found = engine.what_if(timeout).would_be
        assert told(found) == told(other.session_summary())
        assert found.timeout_seconds == timeout.total_seconds()
        counts.add(found.sessions)
    assert len(counts) == 5


def test_today_is_what_the_summary_shows_whatever_timeout_is_asked_about(engine: footfall.Engine) -> None:
    fed(engine, crowd_of(random.Random(5), [HALF_AN_HOUR]))
    engine.set_session_timeout("10m")
    engine.track_many([visit(ALICE, minute) for minute in (0, 10, 20.1)])
    for timeout in ("1s", "10m", HALF_AN_HOUR, "2d"):
        today = engine.what_if(timeout).today
        assert today.timeout_seconds is None
        assert told(today) == told(engine.session_summary(fresh=True))


def test_the_timeout_that_is_set_would_change_nothing(engine: footfall.Engine) -> None:
    fed(engine, crowd_of(random.Random(6), [HALF_AN_HOUR]))
    found = engine.what_if("30m")
    assert told(found.today) == told(found.would_be)
    assert told(engine.what_if("31m").would_be) != told(found.today)


@pytest.mark.parametrize("caught_up", [False, True])
def test_nothing_is_written(engine: footfall.Engine, database_url: str, caught_up: bool) -> None:
    fed(engine, crowd_of(random.Random(7), [HALF_AN_HOUR]))
    if caught_up:
        engine.catch_up()
    before = content(database_url)
    for timeout in ("1s", "30m", "2h"):
        assert engine.what_if(timeout).would_be.sessions > 0
    assert content(database_url) == before


def test_late_activity_and_several_customers_by_hand(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 20), visit(BOB, 5), visit(ALICE, 0), visit(ALICE, 41)])
    found = engine.what_if("20m")
    assert found.today == Outcome(None, 2, 1, 0.5, 41 * 60.0)
    assert found.would_be == Outcome(1200.0, 3, 2, 2 / 3, 20 * 60.0)


def test_an_empty_store_has_no_rates(engine: footfall.Engine) -> None:
    found = engine.what_if("20m")
    assert found.today == Outcome(None, 0, 0, None, 0.0)
    assert found.would_be == Outcome(1200.0, 0, 0, None, 0.0)


@pytest.mark.parametrize("seed", range(2))
def test_progress_tells_of_every_activity_event(engine: footfall.Engine, seed: int) -> None:
    events = crowd_of(random.Random(seed), [HALF_AN_HOUR])
    steps: list[int] = []
    fed(engine, events).what_if("20m", steps.append)
    assert sum(steps) == len(events)
