"""kill -9 of a process that hands events in: what was acknowledged stays, and no batch is half there."""

from __future__ import annotations

import footfall

from .checker import check
from .children import Child
from .conftest import Torture
from .unprotected import commit_in_pieces
from .writers import Taking, write


def torment(torture: Torture, url: str, cycles: int, taken_away: Taking | None) -> None:
    """Start a writer and kill it at its work, time after time."""
    path = torture.folder / "writer.journal"
    while torture.tally.cycles < cycles:
        with Child(write, url, path, torture.rng.randrange(10**9), 20, 10, None, taken_away) as writer:
            assert writer.hear() == "ready"
            torture.tally.cycles += writer.kill(after=torture.rng.random() * 0.05)
    with footfall.open(url) as engine:
        engine.catch_up()
        assert engine.verify().ok
    check(url, [path], torture.tally)


def test_nothing_acknowledged_is_lost(torture: Torture, database_url: str) -> None:
    torment(torture, database_url, torture.scaled(1_000, short=15), commit_in_pieces if torture.unprotected else None)
    torture.judge()


def test_control_a_batch_that_is_committed_in_pieces(torture: Torture, database_url: str) -> None:
    torment(torture, database_url, 15, commit_in_pieces)
    torture.judge_control()
