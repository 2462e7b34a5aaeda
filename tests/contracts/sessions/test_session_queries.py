"""Sessions of one customer or of all: which are listed, in what order, and which of them are open."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.domain.moments import iso, to_datetime
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from footfall.projections.sessions import SessionRow
from tests.contracts.support import ALICE, BOB, CAROL, DAY, MINUTE, NOON, ManualClock, named, visit

HOUR = 60


def begun(rows: list[SessionRow]) -> list[tuple[str, float]]:
    """Whose sessions they are, and how many minutes after noon they began."""
    names = {str(ALICE): "alice", str(BOB): "bob"}
    return [(names[row.uuid], _minutes(row.started_at)) for row in rows]


def _minutes(moment: datetime) -> float:
    return (moment - to_datetime(NOON)).total_seconds() / 60


def ids(rows: list[SessionRow]) -> list[str]:
    return [row.session_id for row in rows]


def set_to(clock: ManualClock, moment: int) -> None:
    """Let the next reading of the clock be this moment."""
    clock.now = moment - 1


@pytest.fixture
def three(engine: footfall.Engine) -> footfall.Engine:
    """Two sessions of Alice's, at noon and three hours later, and one of Bob's an hour after noon."""
    engine.track_many([visit(BOB, HOUR), visit(ALICE, 3 * HOUR), visit(ALICE, 0), visit(ALICE, 10)])
    engine.catch_up()
    return engine


def many(engine: footfall.Engine, seed: int) -> list[SessionRow]:
    """Sessions of twenty customers, begun on days around noon, the newest first."""
    rng = random.Random(seed)
    customers = [named(f"{seed} {n}") for n in range(20)]
    engine.track_many([visit(rng.choice(customers), rng.randrange(-5_000, 5_000), f"/{n}") for n in range(300)])
    return engine.sessions(fresh=True)


def test_sessions_of_all_customers_are_listed_the_newest_first(three: footfall.Engine) -> None:
    assert begun(three.sessions()) == [("alice", 180), ("bob", 60), ("alice", 0)]
    assert [row.activities for row in three.sessions()] == [1, 1, 2]


def test_sessions_are_listed_by_customer(three: footfall.Engine) -> None:
    assert begun(three.sessions(ALICE)) == [("alice", 180), ("alice", 0)]
    assert begun(three.sessions(str(BOB))) == [("bob", 60)]
    assert three.sessions(CAROL) == []


def test_a_session_counts_by_its_start_from_since_on_and_before_until(three: footfall.Engine) -> None:
    one, three_hours = NOON + HOUR * MINUTE, NOON + 3 * HOUR * MINUTE
    assert begun(three.sessions(since=iso(NOON), until=iso(one))) == [("alice", 0)]
    assert begun(three.sessions(since=iso(one), until=iso(three_hours))) == [("bob", 60)]
    assert begun(three.sessions(until=iso(one + 1))) == [("bob", 60), ("alice", 0)]
    assert begun(three.sessions(since=iso(NOON + 1))) == [("alice", 180), ("bob", 60)]
    assert begun(three.sessions(ALICE, since=iso(NOON + 1))) == [("alice", 180)]
    assert three.sessions(since=iso(one), until=iso(one)) == []


def test_since_and_until_are_moments_in_any_of_their_forms(three: footfall.Engine) -> None:
    one_o_clock = datetime(2026, 1, 1, 13, tzinfo=UTC)
    for moment in (
        one_o_clock,
        one_o_clock.replace(tzinfo=None),
        "2026-01-01T14:00:00+01:00",
        NOON // 1_000 + 3_600_000,
    ):
        assert begun(three.sessions(since=moment)) == [("alice", 180), ("bob", 60)]
        assert begun(three.sessions(until=moment)) == [("alice", 0)]


def test_a_session_is_open_up_to_its_deadline_and_not_a_microsecond_longer(
    three: footfall.Engine, clock: ManualClock
) -> None:
    deadline = NOON + HOUR * MINUTE + DEFAULT_TIMEOUT
    set_to(clock, deadline)
    assert ("bob", 60) in begun(three.sessions(open_only=True))
    set_to(clock, deadline)
    assert [row.state for row in three.sessions(BOB)] == ["open"]
    set_to(clock, deadline + 1)
    assert begun(three.sessions(open_only=True)) == [("alice", 180)]
    set_to(clock, deadline + 1)
    assert [row.state for row in three.sessions(BOB)] == ["ended"]


def test_a_limit_keeps_the_newest(three: footfall.Engine) -> None:
    assert begun(three.sessions(limit=2)) == [("alice", 180), ("bob", 60)]
    assert begun(three.sessions(ALICE, limit=1)) == [("alice", 180)]
    assert [len(three.sessions(limit=limit)) for limit in (0, 99, None)] == [0, 3, 3]


def test_all_conditions_hold_at_once(engine: footfall.Engine, clock: ManualClock) -> None:
    rows, now = many(engine, 2), to_datetime(NOON)
    rng = random.Random(2)
    for _ in range(20):
        who, low, high = rng.choice(rows).uuid, *(to_datetime(NOON + rng.randrange(-DAY, DAY)) for _ in range(2))
        kept = [row for row in rows if row.uuid == who and low <= row.started_at < high]
        assert ids(engine.sessions(who, since=low, until=high)) == ids(kept)
        set_to(clock, NOON)
        opened = engine.sessions(UUID(who), since=low, until=high, open_only=True, limit=2)
        assert ids(opened) == ids([row for row in kept if row.deadline >= now])[:2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": "alice"},
        {"customer": 7},
        {"since": "yesterday"},
        {"since": 1.5},
        {"until": True},
        {"until": 10**30},
        {"limit": -1},
        {"limit": 2**63},
        {"limit": "many"},
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(engine: footfall.Engine, wrong: dict[str, Any]) -> None:
    with pytest.raises(footfall.InvalidArgument):
        engine.sessions(**wrong)
    if "limit" not in wrong:
        with pytest.raises(footfall.InvalidArgument):
            engine.session_summary(**wrong)
