"""Tables that are wider than the screen are shown row by row: what they hold can be copied, whole."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from footfall.doors.cli.tables import print_facts, print_table
from tests.contracts.support import ALICE, OpenEngine, visit
from tests.end_to_end.cli.program import Program

LONG = "https://shop.example/" + "a" * 200


def on_a_terminal(columns: int, *arguments: str) -> str:
    """What the program prints on a terminal that is so wide."""
    ours, its = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "LINES": "25", "TERM": "dumb"}
    command = [sys.executable, "-m", "footfall", *arguments]
    with subprocess.Popen(command, stdout=its, env=environment) as process:
        os.close(its)
        printed = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    assert process.returncode == 0
    return printed.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other side has ended
        return b""


@pytest.fixture
def store(sqlite_url: str, engine_at: OpenEngine) -> str:
    """A store with one visit."""
    engine = engine_at(sqlite_url)
    engine.track_many([visit(ALICE, 0)])
    engine.catch_up()
    return sqlite_url


def test_rows_that_are_wider_than_the_terminal_are_shown_one_below_the_other(store: str) -> None:
    title, *lines = on_a_terminal(80, "sessions", "--database", store).splitlines()
    names = [line.partition(":")[0] for line in lines]
    columns = ["session_id", "started_at", "last_activity_at", "state", "activities", "page_visits", "entry_url"]
    assert (title, names) == ("Sessions", ["uuid", *columns, "exit_url", ""])
    assert f"uuid: {ALICE}" in lines
    assert "┃" in on_a_terminal(250, "sessions", "--database", store)


def test_facts_are_never_cut(store: str) -> None:
    told = on_a_terminal(60, "profile", str(ALICE), "--database", store)
    assert "…" not in told
    assert f'\nidentifiers: {{"uuid":"{ALICE}"}}\n' in told
    assert '\ncounts: {"page.visit":1}\n' in told
    assert "│ events" in on_a_terminal(60, "stats", "--database", store)


def test_without_a_terminal_there_are_160_columns(on_sqlite: Program, tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    file.write_text(f'{{"uuid": "{ALICE}", "action": "page.visit", "params": {{"url": "{LONG}"}}}}\n')
    assert on_sqlite("ingest", str(file)).status == 0
    assert f"\nurl: {LONG}\n" in on_sqlite("pages").out
    assert "│ page_visits │ 1" in on_sqlite("stats").out


@pytest.mark.parametrize(("spare", "as_table"), [(0, True), (1, False)])
def test_what_just_fits_is_a_table(spare: int, as_table: bool, capsys: pytest.CaptureFixture[str]) -> None:
    # Of 160 columns three lines, and two spaces beside each cell, are no cells'.
    print_table("Pages", ["url", "visits"], [("ü" * (160 - 7 - 6 + spare), 1)])
    printed = capsys.readouterr().out
    assert ("┃" in printed, "url: ü" in printed) == (as_table, not as_table)
    assert "…" not in printed
    assert {len(line) for line in printed.splitlines()[1:]} == {160} or not as_table
    print_facts("Page", [("visits", 1), ("url", "ü" * (160 - 7 - 6 + spare))])
    assert ("│ visits │ 1 " in capsys.readouterr().out) is as_table


def test_rows_have_a_line_for_each_value_and_a_blank_one_behind_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Pages", ["url", "title", "visits"], [(LONG, None, 2), ("/b", "two\nvisits: 3", 1)])
    assert capsys.readouterr().out == (
        f"Pages\nurl: {LONG}\ntitle:\nvisits: 2\n\nurl: /b\ntitle: two\n  visits: 3\nvisits: 1\n\n"
    )
    print_facts("Page", [("url", LONG), ("title", "")])
    assert capsys.readouterr().out == f"Page\nurl: {LONG}\ntitle:\n\n"
    print_table("None", [LONG], [])
    assert capsys.readouterr().out == "None\nnone\n"


@pytest.mark.parametrize("beside", ["", LONG])
def test_no_value_steers_the_terminal(beside: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Pages", ["title", "url"], [("\x1b]0;owned\x07 \r\x9b1m", beside)])
    assert r"\x1b]0;owned\x07 \x0d\x9b1m" in capsys.readouterr().out
