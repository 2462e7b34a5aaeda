"""The background jobs: sessions end by themselves, views follow, a job that fails is tried again."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from threading import Event
from typing import Any

import apscheduler.schedulers.base as schedulers
import pytest

import footfall
from footfall.application.ports.errors import StoreUnavailable
from footfall.application.sweep import Sweep, Swept
from footfall.engine.engine import system_clock
from footfall.infrastructure.background import interval_jobs, scheduler
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, OpenEngine, crowd, parts_of, visit
from tests.forked import PATIENCE_SECONDS

pytestmark = pytest.mark.databases

OFTEN = timedelta(milliseconds=50)


@contextmanager
def running(engine: footfall.Engine) -> Iterator[None]:
    """The jobs run inside of this block, often."""
    engine.start(OFTEN)
    try:
        yield
    finally:
        engine.stop()


def test_sessions_end_and_views_follow_by_themselves(engine: footfall.Engine) -> None:
    with running(engine):
        engine.track_many(crowd(100))
        ended = engine.subscribe({"session.end"}, after="start")
        assert len({next(ended).uuid for _ in range(100)}) == 100
        assert eventually(lambda: engine.stats(fresh=False).sessions == 100)


@pytest.mark.usefixtures("store_is_there")
@pytest.mark.parametrize("store_is_there", [False])
def test_a_session_ends_when_its_time_has_come(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url, clock=system_clock, session_timeout=timedelta(milliseconds=200))
    with running(engine):
        engine.track(ALICE, "page.visit", {"url": "/"})
        end = next(engine.subscribe({"session.end"}, after="start"))
        assert engine.profile(ALICE).current_session is None
        assert end.received_at > end.time


def test_several_engines_may_run_on_one_store(engine_at: OpenEngine, database_url: str) -> None:
    engines = [engine_at(database_url) for _ in range(3)]
    for engine in engines:
        engine.start(OFTEN)
    engines[0].track_many(crowd(300, visits=1))  # one batch: a sweep between two would end sessions that then go on
    assert eventually(lambda: engines[0].status().sessions_due.customers == 0)
    for engine in engines:
        engine.stop()
    ends = list(engines[0].subscribe({"session.end"}, after="start", follow=False))
    assert len({end.params["sessionId"] for end in ends}) == len(ends) == 300
    assert engines[0].verify().ok


def jobs(engine: footfall.Engine) -> dict[str, tuple[bool, str | None]]:
    """Of each job that was heard of, whether it ever succeeded, and its last error."""
    return {one.job: (one.last_success is not None, one.error) for one in engine.status().jobs}


def test_status_shows_the_last_success_of_each_job(engine: footfall.Engine) -> None:
    assert jobs(engine) == {}
    with running(engine):
        assert eventually(lambda: jobs(engine) == {"catch_up": (True, None), "sweep": (True, None)})


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (StoreUnavailable("out of reach"), ["sweep failed and is tried again, told next in 2 s: out of reach"]),
        (ZeroDivisionError("a bug"), ["sweep failed and is tried again: a bug"] * 3),
    ],
)
def test_a_job_that_fails_is_logged_with_its_cause_and_tried_again(
    engine: footfall.Engine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    told: list[str],
) -> None:
    healthy, failures = Sweep.sweep, [failure] * 3
    monkeypatch.setattr(scheduler, "monotonic", lambda: 1.0)  # so that no silence ends meanwhile, however slow it is

    def sweep(self: Sweep, now: int) -> Swept:
        if failures:
            raise failures.pop()
        return healthy(self, now)

    monkeypatch.setattr(Sweep, "sweep", sweep)
    engine.track_many([visit(ALICE, 0)])
    with caplog.at_level(logging.INFO), running(engine):
        assert eventually(lambda: jobs(engine).get("sweep") == (True, f"{type(failure).__name__}: {failure}"))
        next(engine.subscribe({"session.end"}, after="start"))
    assert [record.getMessage() for record in caplog.records] == told


def test_what_is_begun_is_finished_before_stopping_and_nothing_is_begun_after(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, finished, healthy = Event(), list[int](), Sweep.sweep

    def slow_sweep(self: Sweep, now: int) -> Swept:
        begun.set()
        time.sleep(0.3)
        swept = healthy(self, now)
        finished.append(swept.sessions)
        return swept

    monkeypatch.setattr(Sweep, "sweep", slow_sweep)
    engine.track_many([visit(ALICE, 0)])
    engine.start(OFTEN)
    assert begun.wait(PATIENCE_SECONDS)
    engine.stop()
    assert finished == [1]
    time.sleep(0.5)
    assert finished == [1]


def test_as_long_as_a_job_goes_on_stopping_tells_so(engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = Event(), Event()

    def stuck_sweep(_self: Sweep, _now: int) -> Swept:
        begun.set()
        go_on.wait(PATIENCE_SECONDS)
        return Swept(0, 0)

    monkeypatch.setattr(Sweep, "sweep", stuck_sweep)
    engine.start(OFTEN)
    assert begun.wait(PATIENCE_SECONDS)
    scheduler = parts_of(engine).scheduler
    assert [scheduler.stop(0.1), scheduler.stop(0.1)] == [False, False]
    go_on.set()
    assert scheduler.stop()


def test_a_system_clock_that_is_set_back_does_not_keep_the_jobs_waiting(
    engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class HourBehind(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> HourBehind:
            moment = datetime.now(tz) - timedelta(hours=1)
            return cls.fromtimestamp(moment.timestamp(), tz)

    with running(engine):
        assert eventually(lambda: "sweep" in jobs(engine))
        for module in (interval_jobs, schedulers):
            monkeypatch.setattr(module, "datetime", HourBehind)
        engine.track_many([visit(ALICE, 0)])
        assert eventually(lambda: engine.status().sessions_due.customers == 0)


def test_starting_and_stopping_twice_changes_nothing(engine: footfall.Engine) -> None:
    engine.stop()
    with running(engine):
        engine.start(OFTEN)
        assert eventually(lambda: "sweep" in jobs(engine))
    engine.stop()
    with running(engine):
        engine.track_many([visit(ALICE, 0)])
        next(engine.subscribe({"session.end"}, after="start"))


@pytest.mark.parametrize("every", [timedelta(0), timedelta(seconds=-1), timedelta(days=2), "0s", "soon", 1])
def test_an_interval_that_makes_no_sense_is_refused(engine: footfall.Engine, every: Any) -> None:
    with pytest.raises(footfall.InvalidArgument):
        engine.start(every)


def test_a_host_that_ends_without_stopping_ends(database_url: str) -> None:
    host = f"import footfall, time; e = footfall.open({database_url!r}); e.start(); time.sleep(0.5)"
    done = subprocess.run(
        [sys.executable, "-c", host], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
