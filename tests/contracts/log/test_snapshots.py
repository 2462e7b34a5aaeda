"""Snapshots: what they spare nobody can tell from the answer."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

import footfall
from footfall.domain.history import replay, whole
from footfall.domain.past_sessions import Snapshot, put_back
from footfall.domain.spans import WITHOUT_END, Span
from footfall.infrastructure.log.codec import encode
from footfall.infrastructure.log.event_log import EventLog
from tests.contracts.log.streams import activity, appends, recorded, write
from tests.contracts.support import ALICE, OpenEngine, binary, execute, parts_of, visit


def snapshots(url: str) -> int:
    return int(execute(url, "SELECT count(*) FROM footfall.snapshots")[0][0])


def long_story(seed: int) -> list[dict[str, Any]]:
    """Three hundred visits in some sixty sessions, in no order."""
    rng = random.Random(seed)
    return [visit(ALICE, rng.randrange(-30_000, 1_200), f"/{n}") for n in range(300)]


def test_a_state_from_a_snapshot_and_what_followed_equals_the_full_replay(
    event_log: EventLog, database_url: str
) -> None:
    events = recorded(ALICE, [activity(f"{n}", 7 * n) for n in range(40)])
    early, late = events[:30], events[30:]
    with event_log.transaction([ALICE]) as transaction:
        write(transaction, appends(early, {ALICE: Snapshot(replay([event.event for event in early]))}))
    with event_log.transaction([ALICE]) as transaction:
        write(transaction, appends(late))
    assert snapshots(database_url) == 1
    assert event_log.state(ALICE) == replay([event.event for event in events])


def test_a_snapshot_is_what_a_state_is_read_from(event_log: EventLog, database_url: str) -> None:
    events = recorded(ALICE, [activity(f"{n}", n) for n in range(5)])
    state = replay([event.event for event in events])
    with event_log.transaction([ALICE]) as transaction:
        write(transaction, appends(events, {ALICE: Snapshot(state)}))
    execute(database_url, "DELETE FROM footfall.log")
    assert event_log.state(ALICE) == state


def test_a_snapshot_of_an_older_program_is_passed_over(event_log: EventLog, database_url: str) -> None:
    events = recorded(ALICE, [activity(f"{n}", 10 * n) for n in range(5)])
    history = [event.event for event in events]
    with event_log.transaction([ALICE]) as transaction:
        write(transaction, appends(events, {ALICE: Snapshot(replay(history))}))
    old = encode((1, 1_800_000_000, "a state in its shape"))
    execute(database_url, f"UPDATE footfall.snapshots SET state = {binary(old, database_url)}")
    assert event_log.state(ALICE) == replay(history)


@pytest.mark.parametrize("batch", [1, 7, 300])
def test_an_engine_that_meets_late_events_keeps_the_state_of_a_full_replay(
    engine: footfall.Engine, engine_at: OpenEngine, database_url: str, batch: int
) -> None:
    events = long_story(batch)
    for start in range(0, len(events), batch):
        engine.track_many(events[start : start + batch])
    assert snapshots(database_url) == 1
    log = EventLog(parts_of(engine).database, engine.status().partitions)
    with log.transaction([ALICE]) as transaction:
        past = transaction.past_sessions({ALICE: [Span(-WITHOUT_END)]})[ALICE]
    kept, every = log.state(ALICE), whole(log.history(ALICE))
    assert (*past, *kept.sessions) == every.sessions
    bounds = {"forgotten_until": kept.forgotten_until, "forgotten_open": kept.forgotten_open}
    assert put_back(kept, past) == msgspec.structs.replace(every, **bounds)
    assert len(past) == kept.forgotten > 0
    assert engine_at(database_url).profile(ALICE) == engine.profile(ALICE)


def test_a_profile_from_a_snapshot_equals_the_profile_as_of_now(engine: footfall.Engine) -> None:
    engine.track_many(long_story(1))
    engine.update(ALICE, {"plan": "gold"})
    now, past = engine.profile(ALICE), engine.profile(ALICE, as_of="2027-06-01T00:00:00Z")
    assert (now.counts, now.events, now.sessions) == (past.counts, past.events, past.sessions)
    assert (now.first_seen, now.last_seen, now.attributes) == (past.first_seen, past.last_seen, past.attributes)
