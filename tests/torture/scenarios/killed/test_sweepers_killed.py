"""Sweepers that are killed at random: each session has one end, with the right time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall.application import sweep as sweeps

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import deadlines_apart
from ...made_up.writers import NOON, Taking, as_sent
from ...watch.checker import check_store
from ...watch.journal import Sent
from ...watch.plain_sql import is_sqlite, query
from ...watch.session_ends import check_ends
from ...watch.views import catch_up

DAY = 24 * 60 * 60 * 1_000_000
NOW = NOON + 30 * DAY


def sweep(say: Callable[[Any], None], url: str, taken_away: Taking | None) -> None:
    """End what is due, a customer to a transaction."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    sweeps.CUSTOMERS = 1
    with footfall.open(url, clock=lambda: NOW) as engine:
        say("ready")
        engine.sweep()


def kill_some(torture: Torture, url: str, taken_away: Taking | None) -> None:
    """Let sweepers run together for a moment and kill one after the other."""
    with ExitStack() as running:
        number = 2 if is_sqlite(url) else 4
        sweepers = [running.enter_context(Child(sweep, url, taken_away)) for _ in range(number)]
        for sweeper in sweepers:
            assert sweeper.hear() == "ready"
            torture.tally.cycles += sweeper.kill(after=torture.rng.random() ** 2 / 8)


def kill_sweepers(torture: Torture, url: str, number: int, taken_away: Taking | None) -> None:
    """So many new customers with a session of two visits each; sweepers are killed until few are left to end."""
    with footfall.open(url, partitions=4, clock=lambda: NOW) as engine:
        customers = [UUID(int=torture.rng.getrandbits(128), version=4) for _ in range(number)]
        for half in (0, 1):
            engine.track_many(as_sent(_visit(torture, who, at, half)) for at, who in enumerate(customers))
        while query(url, "SELECT count(*) FROM footfall.due")[0][0] > number // 10:
            kill_some(torture, url, taken_away)
        engine.sweep()
    catch_up(url, torture.tally)
    check_store(url, torture.tally)
    check_ends(url, NOW, torture.tally)


def _visit(torture: Torture, who: UUID, at: int, half: int) -> Sent:
    random = torture.rng
    time = NOON + at * 1_000_000 + half * random.randrange(30 * 60 * 1_000_000)
    return Sent(who, UUID(int=random.getrandbits(128), version=4), time, f"/{half}")


def test_every_session_ends_once(torture: Torture, database_url: str) -> None:
    number = torture.scaled(20_000, short=600)
    torture.endure(lambda without: kill_sweepers(torture, database_url, number, without), deadlines_apart)


def test_control_due_rows_forgotten_apart_from_the_ends(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: kill_sweepers(torture, database_url, 200, without), deadlines_apart)
