"""Connections are cut under load: everybody connects again within five seconds, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import no_retries
from ...made_up.writers import Taking, write
from ...watch.checker import check
from ...watch.plain_sql import query
from ...watch.views import catch_up

WITHIN_SECONDS = 5.0
INITIAL = UUID(int=99, version=4)
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def keep_views(say: Callable[[Any], None], url: str) -> None:
    """Run the background jobs, until killed."""
    with footfall.open(url) as engine:
        engine.start(every=timedelta(milliseconds=50))
        say("ready")
        time.sleep(3_600)


def cut(torture: Torture, url: str, cuts: int, taken_away: Taking | None) -> None:
    """Cut every connection so many times, under two writers, background jobs and a reader."""
    journals = [torture.folder / f"{torture.tally.cycles}-{number}.journal" for number in range(2)]
    with footfall.open(url, partitions=4) as reader, ExitStack() as running:
        rng = torture.rng
        children = [
            running.enter_context(Child(write, url, path, rng.randrange(10**9), 20, 10, None, taken_away))
            for path in journals
        ]
        children.append(running.enter_context(Child(keep_views, url)))
        assert [child.hear() for child in children] == ["ready"] * 3
        for _ in range(cuts):
            time.sleep(rng.random() * 0.2)
            query(url, CUT)
            torture.tally.cycles += 1
            must_be_back(torture, reader, taken_away)
        if not all(child.alive for child in children):
            torture.tally.differs("somebody gave up")
    catch_up(url, torture.tally)
    check(url, journals, torture.tally)


def must_be_back(torture: Torture, engine: footfall.Engine, without: object) -> None:
    """Reads of a stream and of a view go through, and soon."""
    started = time.monotonic()
    try:
        engine.profile(INITIAL)
        engine.stats(fresh=True)
    except footfall.FootfallError as error:
        torture.tally.differs(f"a reader saw {error}")
    if (spent := time.monotonic() - started) > torture.within(WITHIN_SECONDS, without):
        torture.tally.differs(f"back after {spent:.1f} s")


def test_all_come_back_and_nothing_is_lost(torture: Torture, postgres_url: str) -> None:
    cuts = torture.scaled(50, short=10)
    torture.endure(lambda without: cut(torture, postgres_url, cuts, without), no_retries)


def test_control_no_retries(torture: Torture, postgres_url: str) -> None:
    torture.control(lambda without: cut(torture, postgres_url, 5, without), no_retries)
