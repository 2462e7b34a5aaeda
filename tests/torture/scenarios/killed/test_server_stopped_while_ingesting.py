"""PostgreSQL crashes while events are handed in: what was acknowledged is there when it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.own_server import OwnServer
from ...made_up.writers import write
from ...watch.checker import check
from ...watch.views import catch_up

WRITERS = 2
DURABLE = "synchronous_commit"


@pytest.fixture
def server() -> Iterator[OwnServer]:
    """A server that may crash."""
    with OwnServer() as own:
        yield own


def crash(torture: Torture, server: OwnServer, cycles: int, without: str | None) -> None:
    """Crash it again and again under writers that go on where they were cut off."""
    footfall.open(server.url, partitions=4).close()
    if without is not None:
        server.set(without, "off")
    first = torture.tally.cycles
    journals = [torture.folder / f"{first}-{number}.journal" for number in range(WRITERS)]
    for _ in range(cycles):
        with ExitStack() as running:
            for path in journals:
                seed = torture.rng.randrange(10**9)
                running.enter_context(Child(write, server.url, path, seed, 20, 10)).hear()
            time.sleep(torture.rng.random() * 0.3)
            server.stop()
            torture.tally.cycles += 1
        server.start()
    catch_up(server.url, torture.tally)
    check(server.url, journals, torture.tally)


def test_nothing_acknowledged_is_lost(torture: Torture, server: OwnServer) -> None:
    cycles = torture.scaled(100, short=5)
    torture.endure(lambda without: crash(torture, server, cycles, without), DURABLE)


def test_control_commits_that_do_not_wait_for_the_disk(torture: Torture, server: OwnServer) -> None:
    torture.control(lambda without: crash(torture, server, 3, without), DURABLE)
