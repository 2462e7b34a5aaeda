"""The session timeout is set by an event of the log, and counts for activity that is taken in from then on."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

import footfall
from footfall.domain.moments import to_datetime
from tests.contracts.support import ALICE, BOB, MINUTE, NOON, OpenEngine, execute, named, statuses, visit

TIMEOUTS = [5 * MINUTE, 10 * MINUTE, 30 * MINUTE, 90 * MINUTE]
ENTRIES = "SELECT count(*) FROM footfall.log WHERE partition = -1 AND topic = 'timeout.set'"
Shown = tuple[datetime, datetime, datetime, int]


class Span(NamedTuple):
    """An activity: from when it keeps a session open (µs), and until when, inclusive."""

    time: int
    until: int


def sessions_of(spans: list[Span]) -> list[Shown]:
    """The rule, as Spark's windows with a dynamic gap have it: a session is a union of spans that touch."""
    groups: list[list[Span]] = []
    for span in sorted(spans):
        if groups and span.time <= max(known.until for known in groups[-1]):
            groups[-1].append(span)
        else:
            groups.append([span])
    at = to_datetime
    return [(at(one[0].time), at(one[-1].time), at(max(s.until for s in one)), len(one)) for one in groups]


def shown(engine: footfall.Engine, customer: Any) -> list[Shown]:
    rows = engine.sessions(customer, fresh=True)[::-1]
    return [(row.started_at, row.last_activity_at, row.deadline, row.activities) for row in rows]


def set_timeout(engine: footfall.Engine, micros: int) -> None:
    engine.set_session_timeout(timedelta(microseconds=micros))


def act(engine: footfall.Engine, customer: Any, time: int) -> None:
    assert engine.track(customer, "button.click", time=to_datetime(time)).status == "accepted"


def test_what_was_taken_in_before_keeps_the_timeout_that_it_came_under(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(ALICE, 25), visit(BOB, 0)])
    engine.set_session_timeout("10m")
    assert engine.status().session_timeout_seconds == 600.0
    engine.track_many([visit(ALICE, 100), visit(ALICE, 111), visit(BOB, 25), visit(BOB, 36)])
    assert [row.activities for row in engine.sessions(ALICE, fresh=True)] == [1, 1, 2]
    assert [row.activities for row in engine.sessions(BOB, fresh=True)] == [1, 2]
    engine.rebuild()
    assert engine.verify().ok


def test_a_duplicate_keeps_the_timeout_that_its_first_came_under(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0)])
    engine.set_session_timeout("1h")
    assert statuses(engine.track_many([visit(ALICE, 0)])) == ["duplicate"]
    assert shown(engine, ALICE) == sessions_of([Span(NOON, NOON + 30 * MINUTE)])


@pytest.mark.parametrize("seed", range(3))
def test_with_several_timeouts_a_session_is_a_union_of_spans(engine: footfall.Engine, seed: int) -> None:
    rng = random.Random(seed)
    people = {named(f"{seed} {n}"): list[Span]() for n in range(6)}
    for _ in range(25):
        timeout = rng.choice(TIMEOUTS)
        set_timeout(engine, timeout)
        for _ in range(rng.randrange(1, 8)):
            who = rng.choice(list(people))
            time = NOON + rng.randrange(-40, 40) * 5 * MINUTE + rng.choice([-1, 0, 0, 1])
            act(engine, who, time)
            people[who].append(Span(time, time + timeout))
        rng.choice([engine.sweep, engine.catch_up, engine.status])()
    assert {who: shown(engine, who) for who in people} == {who: sessions_of(spans) for who, spans in people.items()}
    engine.rebuild("sessions")
    assert {who: shown(engine, who) for who in people} == {who: sessions_of(spans) for who, spans in people.items()}


def test_a_span_that_ends_where_another_begins_joins_and_a_microsecond_short_does_not(engine: footfall.Engine) -> None:
    for more, sessions in ((0, 1), (1, 2)):
        who = named(f"{more}")
        set_timeout(engine, 90 * MINUTE)
        act(engine, who, NOON)
        set_timeout(engine, 5 * MINUTE)
        act(engine, who, NOON + 50 * MINUTE)
        act(engine, who, NOON + 90 * MINUTE + more)
        assert len(engine.sessions(who, fresh=True)) == sessions


def test_other_engines_on_the_store_follow_at_once(engine_at: OpenEngine, database_url: str) -> None:
    one, other = engine_at(database_url), engine_at(database_url)
    other.track_many([visit(ALICE, 0)])
    one.set_session_timeout("5m")
    other.track_many([visit(ALICE, 100), visit(ALICE, 106)])
    assert other.status().session_timeout_seconds == 300.0
    assert [row.activities for row in one.sessions(ALICE, fresh=True)] == [1, 1, 1]
    other.set_session_timeout("1h")
    one.track_many([visit(BOB, 0), visit(BOB, 59)])
    assert [row.activities for row in one.sessions(BOB, fresh=True)] == [2]
    assert engine_at(database_url).status().session_timeout_seconds == 3600.0


def test_a_timeout_is_an_event_and_the_same_again_is_none(engine: footfall.Engine, database_url: str) -> None:
    assert [one.seconds for one in engine.session_timeouts()] == [1800.0]
    for timeout in ("10m", "600s", timedelta(minutes=10), "1h", "10m"):
        engine.set_session_timeout(timeout)
    assert [one.seconds / 60 for one in engine.session_timeouts()] == [30, 10, 60, 10]
    moments = [one.set_at for one in engine.session_timeouts()]
    assert moments == sorted(moments)
    assert execute(database_url, ENTRIES) == [(4,)]


@pytest.mark.parametrize(
    "timeout", [timedelta(0), "0s", timedelta(minutes=-1), "-5m", timedelta(days=365, microseconds=1), "366d"]
)
def test_a_timeout_out_of_bounds_is_refused(engine: footfall.Engine, database_url: str, timeout: Any) -> None:
    for use in (engine.set_session_timeout, engine.what_if):
        with pytest.raises((footfall.InvalidTimeout, footfall.InvalidArgument)):
            use(timeout)
    assert execute(database_url, ENTRIES) == [(1,)]


@pytest.mark.parametrize("timeout", ["10", "abc", "", "10 minutes", "1e3s", "9" * 400 + "s", None, 600, True, 1.5])
def test_what_is_no_duration_is_refused(engine: footfall.Engine, timeout: Any) -> None:
    for use in (engine.set_session_timeout, engine.what_if):
        with pytest.raises(footfall.InvalidArgument):
            use(timeout)
