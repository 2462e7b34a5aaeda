"""kill -9 of a process that hands events in: what was acknowledged stays, and no batch is half there."""

from __future__ import annotations

from ...conftest import Torture
from ...faults.children import Child
from ...faults.unprotected import commit_in_pieces
from ...made_up.writers import Taking, write
from ...watch.checker import check
from ...watch.views import catch_up

SHORT = 15


def killing(torture: Torture, url: str, cycles: int, taken_away: Taking | None) -> None:
    """Start a writer and kill it at its work, time after time; the next hands in again what it left open, or not."""
    journals = [torture.folder / "writer.journal"]
    for _ in range(cycles):
        with Child(write, url, journals[-1], torture.rng.randrange(10**9), 20, 10, None, taken_away) as writer:
            assert writer.hear() == "ready"
            torture.tally.cycles += writer.kill(after=torture.rng.random() * 0.05)
        if torture.rng.random() < 0.5:
            journals.append(torture.folder / f"writer-{torture.tally.cycles}.journal")
    catch_up(url, torture.tally)
    check(url, journals, torture.tally)


def test_nothing_acknowledged_is_lost(torture: Torture, database_url: str) -> None:
    cycles = torture.scaled(1_000, short=SHORT)
    torture.endure(lambda without: killing(torture, database_url, cycles, without), commit_in_pieces)


def test_control_a_batch_in_pieces(torture: Torture, database_url: str) -> None:
    torture.control(lambda without: killing(torture, database_url, SHORT, without), commit_in_pieces)
