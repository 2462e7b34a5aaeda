"""PgBouncer in transaction mode is started anew under load: one store, the same answers, and nothing is lost."""

from __future__ import annotations

import time
from contextlib import ExitStack

import footfall
from tests.poolers import Pooler

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import no_retries
from ...made_up.writers import Taking, write
from ...watch.checker import check
from ...watch.views import catch_up


def restart(torture: Torture, server: str, url: str, restarts: int, taken_away: Taking | None) -> None:
    """Kill the pooler so many times under two writers, and start it again at once."""
    journals = [torture.folder / f"{torture.tally.cycles}-{number}.journal" for number in range(2)]
    with Pooler(server, "transaction", size=5) as pooler, ExitStack() as running:
        through = pooler.url(url)
        footfall.open(through, partitions=4).close()
        children = [
            running.enter_context(Child(write, through, path, torture.rng.randrange(10**9), 20, 10, None, taken_away))
            for path in journals
        ]
        assert [child.hear() for child in children] == ["ready"] * 2
        for _ in range(restarts):
            time.sleep(torture.rng.random() * 0.5)
            pooler.kill()
            pooler.start()
            torture.tally.cycles += 1
        if not all(child.says_more(within=60) for child in children):
            torture.tally.differs("somebody gave up")
    catch_up(url, torture.tally)
    check(url, journals, torture.tally)


def test_writers_go_on_and_nothing_is_lost(torture: Torture, postgres_server: str, postgres_url: str) -> None:
    restarts = torture.scaled(50, short=5)
    torture.endure(lambda without: restart(torture, postgres_server, postgres_url, restarts, without), no_retries)


def test_control_no_retries(torture: Torture, postgres_server: str, postgres_url: str) -> None:
    torture.control(lambda without: restart(torture, postgres_server, postgres_url, 3, without), no_retries)
