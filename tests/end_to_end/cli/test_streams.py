"""Standard streams that are full or closed: one line where somebody can read it, a status, and never a traceback."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from footfall.doors.cli.app import app
from tests.contracts.support import ALICE, OpenEngine, visit

SAYS = "error: standard output cannot be written: "
EVENT = json.dumps(visit(ALICE, 0), default=str)
COMMANDS = {
    "ingest": "ingest events.jsonl",
    "rejected": "rejected",
    "redrive": "redrive --json",
    "simulate": "simulate --customers 2",
    "define": "define shop.seen",
    "undefine": "undefine shop.left",
    "definitions": "definitions",
    "profile": f"profile {ALICE}",
    "profiles": "profiles --json",
    "timeline": f"timeline {ALICE}",
    "visits": f"visits {ALICE} --json",
    "sessions": "sessions --summary",
    "session": None,
    "timeout": "timeout",
    "what-if": "what-if --timeout 10m",
    "pages": "pages",
    "stats": "stats --json",
    "status": "status",
    "migrate": "migrate",
    "rebuild": "rebuild sessions",
    "verify": "verify",
    "bench": "bench --events 500 --repeat 1 --json",
    "trust": "trust --json",
    "run": None,
    "serve": None,
    "tail": "tail --after start --no-follow",
}
"""Every command, but for one that is as another is, and those that print nothing."""


@pytest.fixture
def shop(sqlite_url: str, engine_at: OpenEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store and a file of events."""
    engine = engine_at(sqlite_url)
    engine.track_many([visit(ALICE, 0)])
    engine.define("shop.left")
    engine.catch_up()
    engine.close()
    (tmp_path / "events.jsonl").write_text(f"{EVENT}\n")
    monkeypatch.setenv("FOOTFALL_DATABASE", sqlite_url)
    return tmp_path


def shell(command: str, streams: str, folder: Path) -> tuple[int, str]:
    """The status of the program with its streams as a shell has them, and its standard error."""
    program = f"{shlex.quote(sys.executable)} -m footfall {command} {streams}"
    done = subprocess.run(program, shell=True, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def test_every_command_is_among_them() -> None:
    assert {
        one.name or one.callback.__name__.replace("_", "-") for one in app.registered_commands if one.callback
    } == set(COMMANDS)


@pytest.mark.parametrize("command", [*filter(None, COMMANDS.values()), "--help", "ingest --help", "--version"])
def test_a_full_device_is_told_of_in_one_line(shop: Path, command: str) -> None:
    status, err = shell(command, ">/dev/full", shop)
    assert (status, err.count("\n")) == (2, 1), err
    assert err.endswith("cannot be written: No space left on device\n")


@pytest.mark.parametrize("command", ["stats", "simulate --customers 1", "tail --after start --no-follow", "--help"])
def test_a_closed_output_is_told_of_and_what_is_printed_gets_into_no_store(shop: Path, command: str) -> None:
    status, err = shell(command, ">&-", shop)
    assert (status, err.count("\n")) == (2, 1), err
    assert err.endswith("cannot be written: Bad file descriptor\n")
    assert shell("verify", ">/dev/null", shop) == (0, "")


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-"])
def test_where_errors_cannot_be_told_the_status_still_tells(shop: Path, streams: str) -> None:
    (shop / "events.jsonl").write_text(f"{EVENT}\nnonsense\n")
    assert shell("ingest events.jsonl >/dev/null", streams, shop)[0] == 1
    assert shell("sessions --since nonsense", streams, shop)[0] == 2
    assert shell("no-such-command", streams, shop)[0] == 2
    assert shell("stats >/dev/null", streams, shop)[0] == 0
    assert shell("stats >/dev/full", streams, shop) == (2, "")


def test_a_closed_input_is_told_of(shop: Path) -> None:
    status, err = shell("ingest -", "<&-", shop)
    assert (status, err.count("\n")) == (2, 1)
    assert "the input cannot be read" in err
