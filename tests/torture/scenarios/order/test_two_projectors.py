"""Two projectors on the same views: they share the work, and nothing is folded twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

import footfall

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected_views import drop_view_keys, unlocked_cursors
from ...made_up.writers import Taking, write
from ...watch.checker import check
from ...watch.views import catch_up


def project(say: Callable[[Any], None], url: str, taken_away: Taking | None) -> None:
    """Bring the views up to date again and again, until killed; says how many rows were folded each time."""
    if taken_away is not None:
        taken_away(pytest.MonkeyPatch())
    with footfall.open(url) as engine:
        say("ready")
        while True:
            engine.catch_up(say)


def share(torture: Torture, url: str, seconds: float, taken_away: Taking | None) -> None:
    """Two projectors for so long, under two writers."""
    footfall.open(url, partitions=4).close()
    if taken_away is not None:
        drop_view_keys(url)
    journals = [torture.folder / f"{torture.tally.cycles}-{number}.journal" for number in range(2)]
    with ExitStack() as running:
        projectors = [running.enter_context(Child(project, url, taken_away)) for _ in journals]
        assert [projector.hear() for projector in projectors] == ["ready"] * 2
        for path in journals:
            running.enter_context(Child(write, url, path, torture.rng.randrange(10**9), 20, 100)).hear()
        folded = _folded(projectors, seconds)
        if not all(projector.alive for projector in projectors):
            torture.tally.differs("a projector gave up")
        if not all(folded):
            torture.tally.differs(f"the work was not shared: {folded}")
        torture.tally.cycles += sum(folded)
    catch_up(url, torture.tally)
    check(url, journals, torture.tally)


def _folded(projectors: Sequence[Child], seconds: float) -> list[int]:
    # Heard all the while: a pipe that is full would hold a projector up.
    end, rows = time.monotonic() + seconds, [0] * len(projectors)
    while time.monotonic() < end:
        time.sleep(0.05)
        rows = [before + sum(one.heard()) for before, one in zip(rows, projectors, strict=True)]
    return rows


def test_they_share_the_work(torture: Torture, database_url: str) -> None:
    seconds = torture.scaled(60, short=3)
    torture.endure(lambda without: share(torture, database_url, seconds, without), unlocked_cursors)


def test_control_cursors_that_are_not_locked(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: share(torture, database_url, 2, without), unlocked_cursors)
