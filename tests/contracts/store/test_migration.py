"""A store that version 0.1 left is opened: nothing is lost, and what was never ended is ended."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.domain.events import ActivityRecorded
from footfall.domain.moments import iso
from footfall.infrastructure.schema.prepare import NEWEST
from tests.contracts.log.streams import activity
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.store.old_store import HALF_AN_HOUR, Former, old_snapshot, old_store
from tests.contracts.support import ALICE, BOB, CAROL, MINUTE, NOON, ManualClock, OpenEngine, columns_of, execute, named

StreamStore = Mapping[UUID, list[ActivityRecorded]]


def streams_of(seed: int) -> StreamStore:
    """Customers of few and of many sessions, in no order; more than a snapshot remembers."""
    rng = random.Random(seed)
    sizes = {ALICE: 80, BOB: 5, **{named(f"old {n}"): rng.randrange(1, 20) for n in range(20)}}
    return {
        who: [activity(f"{who} {n}", rng.randrange(-200, 200) * 10) for n in range(size)] for who, size in sizes.items()
    }


def sent(streams: StreamStore) -> list[dict[str, Any]]:
    facts = [(who, one) for who, stream in streams.items() for one in stream]
    names = ("action", "params", "event_id")
    return [{"uuid": who, "time": iso(one.time)} | {n: getattr(one, n) for n in names} for who, one in facts]


def announced(engine: footfall.Engine, *actions: str) -> list[dict[str, Any]]:
    """What was told of sessions, read from the log."""
    return [event.params for event in engine.subscribe(actions, after="start", follow=False)]


def ends(engine: footfall.Engine) -> list[str]:
    """The sessions whose end was announced."""
    return [event["sessionId"] for event in announced(engine, "session.end")]


@pytest.fixture(params=["0001", "0002"])
def former(request: pytest.FixtureRequest, database_url: str) -> Former:
    """A store of 0.1, or of 0.2, which is there already."""
    return old_store(database_url, streams_of(1), revision=request.param)


@pytest.fixture
def streams(former: Former) -> StreamStore:
    """What that store holds."""
    assert former
    return streams_of(1)


def test_the_sessions_of_an_old_store_are_those_of_a_new_one(
    engine_at: OpenEngine, database_url: str, streams: StreamStore, tmp_path: Any
) -> None:
    opened, new = engine_at(database_url), engine_at(f"sqlite:///{tmp_path}/new.db")
    new.track_many(sent(streams))
    assert opened.sessions(fresh=True) == new.sessions()
    assert len(opened.sessions(ALICE)) > 16
    assert [opened.profile(who).sessions for who in streams] == [new.profile(who).sessions for who in streams]
    assert opened.verify().ok


def test_a_sweep_ends_every_session_of_an_old_store_once(
    engine_at: OpenEngine, database_url: str, streams: StreamStore
) -> None:
    opened = engine_at(database_url)
    assert opened.status().sessions_due.customers == len(streams)
    shown = [row.session_id for row in opened.sessions(fresh=True)]
    assert opened.sweep() == len(shown)
    assert sorted(ends(opened)) == sorted(shown)
    assert opened.sweep() == opened.status().sessions_due.customers == 0
    assert opened.verify().ok


def test_a_session_that_is_open_when_an_old_store_is_opened_is_ended_when_it_times_out(
    engine_at: OpenEngine, database_url: str, clock: ManualClock
) -> None:
    old_store(database_url, {CAROL: [activity("first", 0), activity("second", 100)]})
    clock.now = NOON + 101 * MINUTE
    opened = engine_at(database_url)
    assert (opened.sweep(), len(opened.sessions(open_only=True, fresh=True))) == (1, 1)
    clock.now = NOON + 130 * MINUTE + 1
    assert (opened.sweep(), len(ends(opened))) == (1, 2)


def test_a_snapshot_of_an_old_store_is_passed_over(engine_at: OpenEngine, database_url: str, former: Former) -> None:
    old_snapshot(former, (100, {}, NOON, NOON, {}, [[NOON, ALICE, NOON, 1, 0, None, None, True]], 90, NOON))
    opened = engine_at(database_url)
    assert opened.sweep() == len(opened.sessions(fresh=True))
    assert opened.profile(ALICE).counts == {"page.visit": 80}
    assert opened.verify().ok


@pytest.mark.usefixtures("streams")
def test_an_id_that_an_old_store_announced_leads_to_its_session(engine_at: OpenEngine, database_url: str) -> None:
    opened = engine_at(database_url)
    told = {event["sessionId"]: event["startedAt"] for event in announced(opened, "session.start", "session.revise")}
    for session_id, started_at in told.items():
        row = opened.session(session_id, fresh=True)
        assert row is not None
        assert row.started_at <= datetime.fromisoformat(started_at) <= row.last_activity_at
    assert len(told) > len(opened.sessions())


def test_long_streams_of_an_old_store_are_read_by_time(
    engine_at: OpenEngine, database_url: str, streams: StreamStore
) -> None:
    opened = engine_at(database_url)
    times = sorted(one.time for one in streams[ALICE])
    assert len(times) > 64
    assert opened.profile(ALICE, as_of=iso(times[9])).events == sum(time <= times[9] for time in times)
    assert opened.timeline(ALICE, limit=30) == opened.timeline(ALICE, limit=None)[:30]


def test_what_an_old_store_kept_stays_whole_however_large(
    engine_at: OpenEngine, database_url: str, former: Former, clock: ManualClock
) -> None:
    content = json.dumps({"uuid": str(CAROL), "action": "basket.fill", "event_id": str(BOB), "more": "x" * 300_000})
    columns = "rejection_id, kind, content, sender_level, received_at, reason, detail"
    row = (BOB, "event", content, "server", clock.now, "too_large", "")
    former.run(f"INSERT INTO rejections ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    opened = engine_at(database_url)
    (old,) = opened.rejected()
    assert (old.content, old.size, old.cut) == (content, len(content), False)
    assert opened.redrive()[0].reason == "invalid_event"
    assert opened.status().rejections.kept == opened.forget_rejections("invalid_event") == 1


def test_an_old_store_goes_on_with_its_timeout_and_knows_its_events(
    engine_at: OpenEngine, database_url: str, streams: StreamStore
) -> None:
    opened = engine_at(database_url)
    assert {result.status for result in opened.track_many(sent(streams))} == {"duplicate"}
    assert [one.seconds for one in opened.session_timeouts()] == [HALF_AN_HOUR / 1_000_000]
    opened.set_session_timeout("10m")
    last = opened.sessions(ALICE, fresh=True)[0]
    assert opened.track(ALICE, "button.click", time=last.deadline).status == "accepted"
    assert opened.sessions(ALICE, fresh=True)[0].activities == last.activities + 1
    assert opened.verify().ok


def test_an_old_store_with_another_timeout_is_refused_and_left_as_it_is(
    engine_at: OpenEngine, database_url: str
) -> None:
    former = old_store(database_url, {ALICE: [activity("first", 0)]}, timeout=10 * MINUTE)
    with pytest.raises(footfall.FootfallError, match="another session timeout than 30 minutes"):
        engine_at(database_url)
    assert former.run("SELECT version_num FROM alembic_version") == [("0001",)]
    assert former.run("SELECT count(*) FROM log") == [(2,)]
    assert former.run("SELECT count(*) FROM sessions") == [(0,)]


def test_processes_may_open_an_old_store_at_once(database_url: str, streams: StreamStore) -> None:
    assert len(set(together(*(Worker("open", database_url) for _ in range(3))))) == 1
    assert execute(database_url, "SELECT version_num FROM footfall.version") == [(NEWEST,)]
    assert execute(database_url, "SELECT count(*) FROM footfall.due") == [(len(streams),)]
    assert execute(database_url, "SELECT count(*) FROM footfall.log WHERE partition = -1") == [(1,)]


def test_what_a_killed_verify_left_in_an_old_store_is_gone_when_it_is_moved(
    engine_at: OpenEngine, database_url: str
) -> None:
    former = old_store(database_url, {ALICE: [activity("first", 0)]}, revision="0002")
    former.run("CREATE TABLE profiles_check AS SELECT * FROM profiles")
    former.run("CREATE TABLE tallies_check (mine text)")
    former.run("INSERT INTO checkpoints VALUES ('profiles_check', 0, 0), ('tallies_check', 0, 0)")
    former.run("INSERT INTO parked SELECT 'profiles_check', customer, 0, 1, 0, 'no' FROM streams")
    opened = engine_at(database_url)
    assert opened.verify().ok
    assert opened.status().parked == []
    assert not [table for table in columns_of(database_url) if table.endswith("_check") and table != "tallies_check"]
    assert (
        execute(database_url, "SELECT projection FROM footfall.checkpoints WHERE projection = 'profiles_check'") == []
    )
    assert former.run("SELECT count(*) FROM tallies_check") == [(0,)]
