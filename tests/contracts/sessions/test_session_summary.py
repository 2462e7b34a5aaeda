"""Figures over sessions: rates, durations, pages and hours are what the rows themselves give."""

from __future__ import annotations

import math
import random
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

import footfall
from footfall.domain.moments import iso
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from footfall.projections.session_summary import PageCount, SessionSummary
from footfall.projections.sessions import SessionRow
from tests.contracts.support import ALICE, BOB, CAROL, DAY, MINUTE, NOON, SECOND, ManualClock, named, visit

CENTURY = 36_525 * DAY


def durations(rows: Sequence[SessionRow]) -> list[float]:
    """In seconds, in order."""
    return sorted((row.last_activity_at - row.started_at).total_seconds() for row in rows)


def quantile(values: Sequence[float], share: float) -> float:
    """As numpy and percentile_cont have it: interpolated between the neighbours of a rank from 0 to n - 1."""
    rank = share * (len(values) - 1)
    low, high = values[math.floor(rank)], values[math.ceil(rank)]
    return low + (rank - math.floor(rank)) * (high - low)


def ten_most(urls: list[str | None]) -> list[PageCount]:
    """The pages that are there most often, with their number; in the order of their names where it is the same."""
    counts = Counter(url for url in urls if url is not None)
    return [PageCount(url, n) for url, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:10]]


def starts(rng: random.Random) -> list[int]:
    """When a customer's sessions begin: in the century before the epoch or the fifty years after it."""
    return [rng.randrange(-CENTURY, CENTURY // 2) for _ in range(rng.randrange(1, 6))]


def acts(rng: random.Random, customer: Any, start: int) -> list[dict[str, Any]]:
    """One session's activity: visits of a dozen pages, and clicks."""
    length, time, events = rng.choice([1, 1, 2, 3, 7]), start, []
    for _ in range(length):
        what = rng.choice(["page.visit", "page.visit", "button.click"])
        params = {"url": f"/{rng.randrange(12):02}"} if what == "page.visit" else {}
        events.append({"uuid": customer, "action": what, "params": params, "time": iso(time)})
        time += rng.choice([0, 1, SECOND, 5 * MINUTE, DEFAULT_TIMEOUT])
    return events


def filled(engine: footfall.Engine, seed: int) -> list[SessionRow]:
    """Random sessions of forty customers."""
    rng = random.Random(seed)
    people = [named(f"{seed} {n}") for n in range(40)]
    events = [event for who in people for start in starts(rng) for event in acts(rng, who, start)]
    rng.shuffle(events)
    engine.track_many(events)
    return engine.sessions(fresh=True)


def agrees(summary: SessionSummary, rows: Sequence[SessionRow]) -> None:
    """The summary is what its definition says of these rows."""
    lasted, count = durations(rows), len(rows)
    assert summary.sessions == count
    assert summary.bounces == sum(row.activities == 1 for row in rows)
    assert summary.bounce_rate == pytest.approx(summary.bounces / count)
    assert summary.time_on_site_seconds == pytest.approx(sum(lasted))
    assert summary.median_duration_seconds == pytest.approx(statistics.median(lasted))
    assert summary.p95_duration_seconds == pytest.approx(quantile(lasted, 0.95))
    assert summary.pages_per_session == pytest.approx(sum(row.page_visits for row in rows) / count)
    assert summary.entry_pages == ten_most([row.entry_url for row in rows])
    assert summary.exit_pages == ten_most([row.exit_url for row in rows])
    hours = Counter(row.started_at.hour for row in rows)
    assert summary.by_hour == [hours[hour] for hour in range(24)]


def test_the_figures_of_three_sessions_by_hand(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0, "/a"), visit(ALICE, 10, "/b"), visit(BOB, 30, "/a"), visit(CAROL, 65, "/b")])
    engine.track_many([visit(CAROL, 69, "/c"), visit(CAROL, 66, "/c")])
    summary = engine.session_summary(fresh=True)
    assert (summary.sessions, summary.open, summary.bounces, summary.bounce_rate) == (3, 0, 1, 1 / 3)
    assert (summary.time_on_site_seconds, summary.pages_per_session) == (840.0, 2.0)
    assert [summary.median_duration_seconds, summary.p95_duration_seconds] == pytest.approx([240.0, 564.0])
    assert summary.entry_pages == [PageCount("/a", 2), PageCount("/b", 1)]
    assert summary.exit_pages == [PageCount("/a", 1), PageCount("/b", 1), PageCount("/c", 1)]
    assert summary.by_hour == [0] * 12 + [2, 1] + [0] * 10


@pytest.mark.parametrize("seed", range(3))
def test_random_sessions_give_the_figures_of_their_rows(engine: footfall.Engine, seed: int) -> None:
    rows = filled(engine, seed)
    agrees(engine.session_summary(), rows)
    by_library = statistics.quantiles(durations(rows), n=20, method="inclusive")
    assert engine.session_summary().p95_duration_seconds == pytest.approx(by_library[18])


def test_a_summary_is_of_the_sessions_that_a_list_with_the_same_conditions_holds(engine: footfall.Engine) -> None:
    filled(engine, 7)
    for since, until in (("1970-01-01", None), (None, "1970-01-01"), ("1900-01-01", "1950-01-01")):
        agrees(engine.session_summary(since=since, until=until), engine.sessions(since=since, until=until))
    busiest = Counter(row.uuid for row in engine.sessions()).most_common(1)[0][0]
    agrees(engine.session_summary(busiest, since="1880-01-01"), engine.sessions(busiest, since="1880-01-01"))


def test_the_hour_is_that_of_the_day_in_utc_on_both_sides_of_the_epoch(engine: footfall.Engine) -> None:
    noted = ["1969-12-31T23:59:59.999999Z", "1970-01-02T00:00Z", "1900-03-01T00:00+02:00", "0001-01-01T05:00Z"]
    engine.track_many([{"uuid": ALICE, "action": "button.click", "time": moment} for moment in noted])
    by_hour = engine.session_summary(fresh=True).by_hour
    assert [(hour, count) for hour, count in enumerate(by_hour) if count] == [(0, 1), (5, 1), (22, 1), (23, 1)]


def test_open_sessions_are_counted_up_to_their_deadline(engine: footfall.Engine, clock: ManualClock) -> None:
    engine.track_many([visit(ALICE, 0), visit(BOB, 10)])
    engine.catch_up()
    for more, count in ((0, 2), (1, 1), (10 * MINUTE, 1), (10 * MINUTE + 1, 0)):
        clock.now = NOON + DEFAULT_TIMEOUT + more - 1
        assert engine.session_summary().open == count


def test_nothing_has_no_rates(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    nothing = SessionSummary(0, 0, 0, None, 0.0, None, None, None, [], [], [0] * 24)
    assert engine.session_summary(BOB, fresh=True) == engine.session_summary(until="2026-01-01", fresh=True) == nothing


def test_one_session_is_its_own_median(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(ALICE, 7)])
    one = engine.session_summary(fresh=True)
    assert one.median_duration_seconds == one.p95_duration_seconds == one.time_on_site_seconds == 420.0
