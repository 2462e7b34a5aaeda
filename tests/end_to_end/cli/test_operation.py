"""Commands on the whole store: pages, stats, status, rebuild, verify; and what happens where there is no store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import footfall
from footfall.projections.sessions import Sessions
from tests.contracts.support import ALICE, execute
from tests.end_to_end.cli.program import Program, run

VIEWS = ["page_visits", "sessions", "session_handles", "profiles", "attribute_values"]


@pytest.fixture
def filled(program: Program, events: str) -> Program:
    """The program on a store with four visits."""
    assert program("ingest", events).status == 0
    return program


def test_pages_show_visits_customers_entries_and_exits(filled: Program) -> None:
    assert filled.document("pages", "--customers") == [
        {"url": "/a", "visits": 2, "customers": 1, "entries": 2, "exits": 1},
        {"url": "/b", "visits": 2, "customers": 2, "entries": 1, "exits": 2},
    ]
    assert filled.document("pages", "--limit", "1") == [
        {"url": "/a", "visits": 2, "customers": None, "entries": 2, "exits": 1}
    ]
    assert "/a" in filled("pages").out
    assert ("customers" in filled("pages").out, "customers" in filled("pages", "--customers").out) == (False, True)


def test_stats_count_what_the_store_holds(filled: Program) -> None:
    assert filled.document("stats") == {"events": 4, "customers": 2, "page_visits": 4, "sessions": 3, "rejected": 0}
    assert "page_visits" in filled("stats").out


def test_status_shows_the_log_and_every_view(filled: Program) -> None:
    status = filled.document("status")
    assert set(status) >= {"database", "partitions", "session_timeout_seconds", "log_head", "projections", "parked"}
    assert [(one["projection"], one["lag"]) for one in status["projections"]] == [(view, 0) for view in VIEWS]
    # The timeout, four events, the beginnings of three sessions and the ends of three.
    assert status["log_head"] == status["projections"][0]["position"] == 11
    assert status["rejections"] == {"kept": 0, "let_go": 0, "oldest": None}
    assert "page_visits" in filled("status").out


def test_rebuild_fills_one_view_or_all(filled: Program) -> None:
    assert filled.document("rebuild", "sessions") == {"rebuilt": ["sessions"]}
    assert filled.document("rebuild") == {"rebuilt": VIEWS}
    assert filled.document("stats")["sessions"] == 3
    assert "sessions" in filled("rebuild").out


def test_a_view_that_is_not_there_is_wrong_use(filled: Program) -> None:
    outcome = filled("rebuild", "visits")
    assert (outcome.status, outcome.out) == (2, "")
    assert "page_visits" in outcome.err


def test_verify_is_well_when_the_views_are_what_the_log_gives(filled: Program) -> None:
    verification = filled.document("verify")
    assert verification["ok"] is True
    assert [(one["view"], one["differing"]) for one in verification["views"]] == [(view, 0) for view in VIEWS]
    assert verification["parked"] == []
    assert filled("verify").status == 0


def test_verify_is_not_well_when_a_row_was_altered(filled: Program, database_url: str) -> None:
    execute(database_url, "UPDATE footfall.sessions SET exit_url = '/elsewhere' WHERE entry_url = '/b'")
    outcome = filled("verify", "--json")
    assert outcome.status == 1
    (found,) = (one for one in outcome.document["views"] if one["differing"])
    assert (found["view"], [one["side"] for one in found["differences"]]) == ("sessions", ["unexpected", "missing"])
    assert "/elsewhere" in filled("verify").out
    assert filled("rebuild", "sessions").status == 0
    assert filled("verify").status == 0


def test_a_parked_customer_is_shown_and_healed_by_redrive(
    program: Program, events: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("this fold is broken")

    with monkeypatch.context() as patched:
        patched.setattr(Sessions, "fold", broken)
        program("ingest", events)
        assert {row["projection"] for row in program.document("status")["parked"]} == {"sessions"}
        assert str(ALICE) in program("status").out
        assert program("verify").status == 1
        assert program("redrive", "--json").document["still_parked"] == 2
    assert program.document("redrive")["healed"] == 2
    assert program.document("status")["parked"] == []
    assert program("verify").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["stats", "--database", "mysql://host/name"],
        ["stats", "--database", "nonsense"],
        ["stats", "--database", "postgresql://127.0.0.1:1/none"],
        ["status", "--database", "sqlite:////dev/null/store.db"],
        ["ingest", "/no/such/file", "--database", "sqlite:////dev/null/store.db"],
        ["rejected", "--reason", "because"],
        ["redrive", "--reason", "because"],
        ["ingest"],
        ["nonsense"],
        ["stats", "--nonsense"],
    ],
)
def test_wrong_use_is_told_in_a_line_or_two(tmp_path: Path, arguments: list[str]) -> None:
    database = [] if "--database" in arguments else ["--database", f"sqlite:///{tmp_path / 'store.db'}"]
    outcome = run(*arguments, *(database if len(arguments) > 1 else []))
    assert outcome.status == 2
    assert outcome.err.strip()
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_the_database_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_DATABASE", f"sqlite:///{tmp_path / 'named.db'}")
    assert run("migrate").status == 0
    assert run("stats", "--json").document["events"] == 0
    assert (tmp_path / "named.db").exists()


def test_what_only_reads_or_mends_a_store_makes_none(tmp_path: Path) -> None:
    mistyped = f"sqlite:///{tmp_path / 'sohp.db'}"
    for command in ("stats", "status", "verify", "rebuild", "redrive", "timeout", "keys", "trust", "tail"):
        ended = run(command, "--database", mistyped)
        assert (ended.status, "sohp.db is not there" in ended.err) == (2, True), command
    assert list(tmp_path.iterdir()) == []
    assert run("timeout", "10m", "--database", mistyped).status == 0
    assert run("stats", "--database", mistyped).status == 0


def test_the_program_is_installed_under_its_name(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("footfall")
    database = f"sqlite:///{tmp_path / 'store.db'}"
    done = subprocess.run([script, "migrate", "-d", database], capture_output=True, text=True, check=True)
    assert "as this Footfall needs it" in done.stdout
    with footfall.open(database) as engine:
        assert engine.stats().customers == 0


def test_a_reader_of_the_output_may_go_away(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "footfall", "simulate", "--customers", "500"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0
