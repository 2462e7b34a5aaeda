"""What an engine tells of itself in figures: counts of the process, and how the store stands."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

import footfall
import footfall.infrastructure.status
from footfall.application.ports.errors import AppendConflict, StoreBusy
from footfall.projections import PROFILES
from tests.contracts.support import ALICE, BOB, MINUTE, ManualClock, OpenEngine, crowd, parts_of, visit
from tests.forks import ForkedChild


def test_a_new_engine_has_counted_nothing(engine: footfall.Engine) -> None:
    found = engine.metrics()
    assert (found.accepted, found.duplicate, found.rejected, found.commits_failed, found.retries) == (0, 0, {}, 0, 0)
    assert (found.commit_seconds.count, found.commit_seconds.sum) == (0, 0)
    assert set(found.commit_seconds.buckets.values()) == {0}
    assert found.store is not None
    assert set(found.store.lag.values()) == {0}
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.accepted = 1  # type: ignore[misc]
    json.dumps(dataclasses.asdict(found), default=str)


def test_what_became_of_events_is_counted(engine: footfall.Engine) -> None:
    engine.track_many([visit(ALICE, 0), visit(ALICE, 1), visit(BOB, 0)])
    engine.track_many([visit(ALICE, 0), {"uuid": ALICE, "action": "shop.unknown"}, {"uuid": ALICE}])
    engine.charge(ALICE, "order-1", [{"sku": "a"}, {"sku": "b"}])
    engine.track(ALICE, "shop.unknown")
    found = engine.metrics()
    assert (found.accepted, found.duplicate) == (4, 1)
    assert found.rejected == {"undefined_action": 2, "invalid_event": 1}
    assert found.commit_seconds.count == 4
    assert found.commit_seconds.sum > 0
    assert list(found.commit_seconds.buckets.values()) == sorted(found.commit_seconds.buckets.values())
    assert found.store is not None
    assert found.store.rejections_kept == engine.status().rejected


def test_what_is_refused_again_when_it_is_redriven_is_counted_once(engine: footfall.Engine) -> None:
    engine.track(ALICE, "shop.unknown")
    engine.track(ALICE, "shop.another")
    engine.define("shop.unknown")
    engine.redrive()
    found = engine.metrics()
    assert (found.accepted, found.rejected) == (1, {"undefined_action": 2})


def test_what_is_folded_and_swept_is_counted(engine_at: OpenEngine, any_url: str, clock: ManualClock) -> None:
    engine = engine_at(any_url)
    engine.track_many(crowd(10))
    before = engine.metrics()
    assert before.store is not None
    assert set(before.store.lag.values()) == {40}
    engine.catch_up()
    engine.track(BOB, "page.visit", {"url": "/"})
    clock.advance(minutes=31)
    waiting = engine.metrics().store
    assert waiting is not None
    assert waiting.sessions_due == 11
    assert waiting.sessions_due_seconds > 300 * 24 * 3_600
    assert engine.sweep() == 11
    found = engine.metrics()
    assert found.events_folded == 40
    assert (found.sweeps, found.sessions_ended) == (4 if any_url.startswith("postgres") else 1, 11)
    assert found.store is not None
    assert found.store.sessions_due == 0
    assert found.store.lag == {one.projection: one.lag for one in engine.status().projections}


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def any_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.mark.spoils
def test_who_is_parked_is_counted(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fold(*_: Any) -> Any:
        raise ValueError("no")

    monkeypatch.setattr(type(PROFILES), "fold", fold)
    engine.track_many([visit(ALICE, 0), visit(BOB, 0)])
    engine.catch_up()
    found = engine.metrics().store
    assert found is not None
    assert found.parked == 2


@pytest.mark.parametrize("error", [AppendConflict("other"), StoreBusy("held")])
def test_attempts_and_failures_are_counted(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    attempt, failures = engine._ingest._attempt, [error] * 3

    def failing(*arguments: Any) -> Any:
        if failures:
            engine._ingest._attempts += 1
            raise failures.pop()
        return attempt(*arguments)

    monkeypatch.setattr(engine._ingest, "_attempt", failing)
    if isinstance(error, StoreBusy):
        for _ in range(3):
            with pytest.raises(StoreBusy):
                engine.track_many([visit(ALICE, 0)])
    engine.track_many([visit(ALICE, 0)])
    found = engine.metrics()
    assert (found.commits_failed, found.retries) == ((3, 0) if isinstance(error, StoreBusy) else (0, 3))
    assert (found.accepted, found.commit_seconds.count) == (1, 1)


def test_threads_count_together(engine: footfall.Engine) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: engine.track_many([visit(ALICE, n)]), range(100)))
    found = engine.metrics()
    assert found.accepted == 100
    assert 0 < found.commit_seconds.count <= 100
    assert found.pool.in_use <= 1


def test_a_lag_too_long_to_count_is_reckoned(
    engine_at: OpenEngine, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footfall.infrastructure.status, "COUNTED_POSITIONS", 100)
    engine = engine_at(database_url)
    engine.track_many(crowd(200))
    counted = {one.projection: one.lag for one in engine.status().projections}
    found = engine.metrics().store
    assert found is not None
    assert set(counted.values()) == {800}
    assert all(600 <= lag <= 900 for lag in found.lag.values())


def test_a_child_counts_from_0(engine_at: OpenEngine, database_url: str, clock: ManualClock) -> None:
    engine = engine_at(database_url)
    engine.track_many([visit(ALICE, 0)])
    began = engine.metrics().since
    clock.now += MINUTE

    def count() -> tuple[int, float]:
        found = engine.metrics()
        engine.track_many([visit(ALICE, 1), visit(ALICE, 2)])
        assert found.accepted == 0
        return engine.metrics().accepted, round((found.since - began).total_seconds())

    with ForkedChild(count) as child:
        assert child.outcome() == (2, 60)
    assert engine.metrics().accepted == 1


def test_what_is_recorded_within_a_hosts_transaction_is_not_counted(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    host = sa.create_engine(parts_of(engine).database.url)
    with host.connect() as connection:
        with engine.within(connection) as inside:
            inside.track(ALICE, "page.visit", {"url": "/"})
        connection.commit()
    host.dispose()
    assert engine.profile(ALICE).events == 1
    assert engine.metrics().accepted == 0
