"""`footfall bench`: figures of the user's own database, whose tables it leaves alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from footfall.application.ports.errors import StoreUnavailable
from footfall.infrastructure.database import driver_alone, durability
from footfall.infrastructure.database.database import Database
from tests.contracts.support import execute
from tests.end_to_end.cli.program import Program, run

SHORT = ("--events", "500", "--repeat", "1")


@pytest.fixture
def store_is_there() -> bool:
    """It is not: a user may wish to know before there is one."""
    return False


@pytest.fixture(autouse=True)
def on_a_disk(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The list of what is mounted where, which says that everything is a disk."""
    mounts = tmp_path_factory.mktemp("proc") / "mounts"
    mounts.write_text("/dev/sda / ext4 rw 0 0\n")
    monkeypatch.setattr(durability, "MOUNTS", mounts)
    return mounts


def traces(url: str, folder: Path) -> list[str]:
    """The schemas of a PostgreSQL database, or the files beside a SQLite file."""
    database = Database(url)
    try:
        if not database.dialect.one_writer:
            with database.read() as connection:
                return sorted(sa.inspect(connection).get_schema_names())
        return sorted(entry.name for entry in folder.iterdir())
    finally:
        database.close()


def with_options(url: str, options: str) -> str:
    """The URL of a PostgreSQL database with settings for its connections."""
    return sa.make_url(url).update_query_dict({"options": options}).render_as_string(hide_password=False)


def test_it_compares_the_engine_with_what_the_database_could_do(program: Program) -> None:
    found = program.document("bench", *SHORT)
    assert set(found) == {"database", "settings", "events", "repetitions", "measured"}
    assert (found["events"], found["repetitions"]) == (500, 1)
    assert {"PostgreSQL", "fsync", "synchronous_commit"} <= set(found["settings"]) or found["settings"]["SQLite"]
    whats = [one["what"] for one in found["measured"]]
    assert whats == ["log", "views", "log and views", "one by one", "rebuild"]
    for one in found["measured"]:
        assert one["engine"] > 0
        assert one["share"] == pytest.approx(one["engine"] / one["limit"], rel=0.01, abs=0.0001)


def test_it_leaves_the_users_tables_alone_and_nothing_behind(
    program: Program, events: str, database_url: str, tmp_path: Path
) -> None:
    program("ingest", events)
    before = [program.document(command) for command in ("stats", "status", "sessions", "definitions")]
    around = traces(database_url, tmp_path)
    outcome = program("bench", *SHORT)
    assert outcome.status == 0
    assert "this database alone" in outcome.out
    assert [program.document(command) for command in ("stats", "status", "sessions", "definitions")] == before
    assert traces(database_url, tmp_path) == around


def test_it_needs_no_store_and_makes_none(program: Program, database_url: str, tmp_path: Path) -> None:
    around = traces(database_url, tmp_path)
    assert program("bench", *SHORT).status == 0
    assert traces(database_url, tmp_path) == around


def test_nothing_is_left_behind_after_an_interruption(
    program: Program, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    around = traces(database_url, tmp_path)
    monkeypatch.setattr(driver_alone, "scan", interrupt)
    assert program("bench", *SHORT).status != 0
    assert traces(database_url, tmp_path) == around


def test_nothing_is_left_behind_after_a_failure(
    program: Program, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreUnavailable("the disk is full")

    around = traces(database_url, tmp_path)
    monkeypatch.setattr(driver_alone, "scan", fail)
    assert program("bench", *SHORT).status == 2
    assert traces(database_url, tmp_path) == around


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_makes_it_clear_up(postgres_url: str, tmp_path: Path, number: signal.Signals) -> None:
    around = traces(postgres_url, tmp_path)
    command = [sys.executable, "-m", "footfall", "bench", "--events", "100000", "--database", postgres_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while traces(postgres_url, tmp_path) == around:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        _, complaints = process.communicate()
    assert process.returncode == 128 + number
    assert complaints == b""
    assert traces(postgres_url, tmp_path) == around


def test_what_it_did_not_make_it_does_not_drop(postgres_url: str) -> None:
    execute(postgres_url, "CREATE SCHEMA footfall_bench")
    outcome = run("bench", *SHORT, "--database", postgres_url)
    assert (outcome.status, outcome.out) == (2, "")
    assert "DROP SCHEMA footfall_bench CASCADE" in outcome.err
    assert "footfall_bench" in traces(postgres_url, Path())


def test_commits_that_do_not_wait_for_the_disk_give_no_figures(postgres_url: str) -> None:
    around = traces(postgres_url, Path())
    outcome = run("bench", *SHORT, "--database", with_options(postgres_url, "-c synchronous_commit=off"))
    assert (outcome.status, outcome.out) == (2, "")
    assert "synchronous_commit" in outcome.err
    assert traces(postgres_url, Path()) == around


def test_a_file_in_memory_gives_no_figures(on_sqlite: Program, on_a_disk: Path) -> None:
    on_a_disk.write_text("tmpfs / tmpfs rw 0 0\n")
    outcome = on_sqlite("bench", *SHORT)
    assert (outcome.status, outcome.out) == (2, "")
    assert "memory" in outcome.err


def test_a_search_path_of_the_url_leads_nowhere(postgres_url: str) -> None:
    outcome = run("bench", *SHORT, "--database", with_options(postgres_url, "-c search_path=public"))
    assert (outcome.status, outcome.err) == (0, "")
    assert "footfall_bench" not in traces(postgres_url, Path())
