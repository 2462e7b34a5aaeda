"""`footfall run`: ends sessions and keeps the views up to date, in as many processes as one likes, until a signal."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

import footfall
from tests.contracts.sessions.test_sweep import due, ends, sessions
from tests.contracts.subscription.following import Follower, by_customer, eventually
from tests.contracts.support import crowd, gapless, named, versions, visit
from tests.end_to_end.cli.program import run
from tests.end_to_end.cli.running import Running

BRISKLY = ("--every", "0.2s")


@pytest.fixture
def running(engine: footfall.Engine, database_url: str) -> Iterator[Running]:
    """`footfall run` on the engine's store, from when it says that it runs."""
    assert engine.status().jobs == []
    with Running("run", *BRISKLY, "--database", database_url) as process:
        assert process.err.next_with("running on")
        yield process


def settled(engine: footfall.Engine) -> bool:
    """Whether nobody is due and the views are at the head of the log."""
    status = engine.status()
    return status.sessions_due.customers == 0 and {view.lag for view in status.projections} == {0}


def shows(engine: footfall.Engine, page_visits: int) -> bool:
    """Whether the views come to have so many page visits without being asked to catch up."""
    return eventually(lambda: engine.stats(fresh=False).page_visits == page_visits)


@pytest.mark.usefixtures("running")
def test_run_ends_sessions_that_are_due(engine: footfall.Engine) -> None:
    with Follower(engine.subscribe({"session.end"})) as follower:
        for minute in (0, 100):
            engine.track_many(visit(named(f"customer {who}"), minute) for who in range(20))
            assert len(by_customer(follower.take(20))) == 20


@pytest.mark.usefixtures("running")
def test_run_keeps_the_views_up_to_date(engine: footfall.Engine) -> None:
    for visits in (1, 2, 3):
        engine.track_many(crowd(20, visits))
        assert shows(engine, page_visits=20 * visits)
    assert eventually(lambda: settled(engine))
    assert engine.stats(fresh=False).sessions == 20


def test_run_does_what_was_left_when_it_starts(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(50))
    with Running("run", "--every", "1h", "--database", database_url):
        assert eventually(lambda: due(database_url) == [])
        assert shows(engine, page_visits=150)
    assert ends(engine) == sessions(engine)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_ends_well_on_a_signal(running: Running, engine: footfall.Engine, number: int) -> None:
    engine.track_many(crowd(10))
    assert eventually(lambda: settled(engine))
    assert running.stop(number) == 0
    assert running.out.rest() == []
    engine.track_many([visit(named("later"), 0)])
    assert engine.status().sessions_due.customers == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_that_is_stopped_in_the_middle_of_its_work_leaves_it_to_others(
    engine: footfall.Engine, database_url: str, number: int
) -> None:
    engine.track_many(crowd(2_000, visits=1))
    with Running("run", "--database", database_url) as running:
        assert running.err.next_with("running on")
        assert running.stop(number) == 0
    engine.sweep()
    assert ends(engine) == sessions(engine)
    assert gapless(versions(database_url).values())


def test_run_says_that_it_runs_and_then_nothing_while_all_is_well(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(5))
    with Running("run", *BRISKLY, "--database", database_url) as running:
        assert eventually(lambda: settled(engine))
        assert running.stop() == 0
        (line,) = running.err.rest()
    assert line.startswith("running on ")


def test_two_that_run_on_one_store_share_the_work(running: Running, engine: footfall.Engine, database_url: str) -> None:
    with Running("run", *BRISKLY, "--database", database_url) as other:
        assert other.err.next_with("running on")
        for visits in (1, 2, 3):
            engine.track_many(crowd(300, visits))
        assert eventually(lambda: settled(engine))
        assert [one.stop() for one in (running, other)] == [0, 0]
        told = [*running.err.rest(), *other.err.rest()]
    assert [line for line in told if "ERROR" in line or "Traceback" in line] == []
    assert ends(engine) == sessions(engine)
    assert gapless(versions(database_url).values())


def test_status_shows_the_jobs_and_who_is_waiting(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(3, visits=1))
    waiting = run("status", "--json", "--database", database_url).document
    assert waiting["jobs"] == []
    assert (waiting["sessions_due"]["customers"], waiting["sessions_due"]["oldest"]) == (
        3,
        "2026-01-01T12:30:00.000000Z",
    )
    assert waiting["sessions_due"]["lag_seconds"] > 0
    with Running("run", *BRISKLY, "--database", database_url):
        assert eventually(lambda: len(engine.status().jobs) == 2)
        assert eventually(lambda: settled(engine))
    status = run("status", "--json", "--database", database_url).document
    assert status["sessions_due"] == {"customers": 0, "oldest": None, "lag_seconds": 0.0}
    assert [(job["job"], job["last_failure"], job["error"]) for job in status["jobs"]] == [
        ("catch_up", None, None),
        ("sweep", None, None),
    ]
    assert all(job["last_success"].startswith("20") for job in status["jobs"])
