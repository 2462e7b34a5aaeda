"""Sweepers that are killed at random: each session has one end, with the right time."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack

import footfall
from tests.contracts.processes import Worker
from tests.contracts.support import execute, gapless, named, versions, visit
from tests.contracts.test_sweep import due, ends, sessions
from tests.torture.conftest import Torture

TOGETHER = {"sqlite": 2, "postgresql": 4}
AT_ONCE = "1"


def open_sessions(engine: footfall.Engine, number: int, rng: random.Random) -> None:
    """So many customers with one session of two visits each, no two alike."""
    customers = [(named(f"open {who}"), rng.random() * 10**5) for who in range(number)]
    engine.track_many(visit(who, start) for who, start in customers)
    engine.track_many(visit(who, start + rng.random() * 30) for who, start in customers)


def kill_some(url: str, rng: random.Random) -> int:
    """Let sweepers run together for a moment and kill them; tells how many were at work then."""
    with ExitStack() as running:
        number = TOGETHER[url.partition(":")[0]]
        workers = [running.enter_context(Worker("sweep", url, AT_ONCE)) for _ in range(number)]
        assert [worker.line() for worker in workers] == ["ready"] * number
        for worker in workers:
            worker.go()
        time.sleep(rng.random() / 4)
        return sum(worker.process.poll() is None for worker in workers)


def test_sweepers_that_are_killed_end_every_session_once(
    engine: footfall.Engine, database_url: str, torture: Torture
) -> None:
    number = torture.scaled(20_000, short=3_000)
    open_sessions(engine, number, torture.rng)
    killed: list[int] = []
    while len(due(database_url)) > number // 10 and len(killed) < torture.scaled(100, short=4):
        killed.append(kill_some(database_url, torture.rng))
    assert sum(killed) >= len(killed) >= 3, "too few were killed at their work for this to mean anything"
    assert 0 < engine.sweep() < number
    told = ends(engine)
    assert len(told) == number
    assert told == sessions(engine)
    assert execute(database_url, "SELECT count(*) FROM log WHERE action = 'session.end'") == [(number,)]
    assert gapless(versions(database_url).values())
