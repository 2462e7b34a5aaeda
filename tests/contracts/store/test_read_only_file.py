"""A SQLite file that a user may not write: what is asked of it works, or says in one line what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import footfall
from tests.contracts.support import ALICE, visit
from tests.end_to_end.cli.program import Outcome, as_program
from tests.forked import Forked

NOBODY = 65_534


def as_nobody(*arguments: str) -> None:
    """The program, run by a user who is not root, to whom permissions mean nothing."""
    if os.getuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    as_program(*arguments)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a store whose views are up to date; the file may be read by anybody, and written by nobody."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with footfall.open(f"sqlite:///{folder}/store.db") as engine:
            engine.track_many([visit(ALICE, 0)])
            engine.catch_up()
        (folder / "store.db").chmod(0o444)
        yield folder
        folder.chmod(0o700)


def run_by_nobody(folder: Path, *arguments: str) -> Outcome:
    """How a command ended."""
    with Forked(as_nobody, *arguments, "--database", f"sqlite:///{folder}/store.db", folder=Path("/")) as program:
        said, complaints = program.communicate()
        return Outcome(program.wait(), said, complaints)


@pytest.mark.parametrize("command", ["status", "stats", "verify", "pages"])
def test_where_the_folder_may_be_written_all_can_be_read(folder: Path, command: str) -> None:
    folder.chmod(0o777)
    outcome = run_by_nobody(folder, command)
    assert (outcome.status, outcome.err) == (0, "")


@pytest.mark.parametrize(("mode", "command"), [(0o777, "define shop.seen"), (0o777, "rebuild"), (0o555, "stats")])
def test_what_cannot_be_done_says_what_to_do(folder: Path, mode: int, command: str) -> None:
    folder.chmod(mode)
    outcome = run_by_nobody(folder, *command.split())
    assert (outcome.status, outcome.out) == (2, "")
    assert "may only be read by this user" in " ".join(outcome.err.split())
    assert "let it write the file and its folder" in " ".join(outcome.err.split())
    assert "Traceback" not in outcome.err
