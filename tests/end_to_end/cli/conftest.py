"""The program on a fresh store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contracts.support import ALICE, BOB, visit
from tests.end_to_end.cli.program import Program


@pytest.fixture
def store_is_there() -> bool:
    """Stores are there already: how they are created is tested elsewhere."""
    return True


@pytest.fixture
def program(database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """The program on a fresh store, once on each kind of database."""
    return Program(database_url, monkeypatch, capsys)


@pytest.fixture
def on_sqlite(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """The program on a fresh SQLite store, for what has nothing to do with the database."""
    return Program(sqlite_url, monkeypatch, capsys)


@pytest.fixture
def events(tmp_path: Path) -> str:
    """A file of four visits, of which Alice's first has a parameter that nobody defined."""
    visits = [
        visit(ALICE, 0, "/a", title="Mugs", colour="red"),
        visit(ALICE, 1, "/b"),
        visit(ALICE, 100, "/a"),
        visit(BOB, 0, "/b"),
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(event, default=str) + "\n" for event in visits))
    return str(file)
