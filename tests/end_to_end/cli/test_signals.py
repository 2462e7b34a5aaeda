"""SIGINT and SIGTERM end any command at any moment: with the right status, without a word, with nothing half done."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from footfall.doors.cli import main
from tests.contracts.support import OpenEngine, crowd
from tests.torture.faults.signalled import End, Signalled
from tests.torture.watch.plain_sql import query

SIGNALS = [signal.SIGINT, signal.SIGTERM]
BATCH = 500


def lines(events: list[dict[str, Any]]) -> str:
    """Events as they are imported."""
    return "".join(f"{json.dumps(event, default=str)}\n" for event in events)


def quiet(number: int) -> End:
    """The end of a program that a signal ended."""
    return End(128 + number, "")


def stored(url: str) -> int:
    """How many page visits are in the log."""
    ((visits,),) = query(url, "SELECT count(*) FROM footfall.log WHERE action = 'page.visit'")
    return int(visits)


WHAT_IS_LOADED = """
import json, os, signal, sys
from footfall.doors.cli import main

def tell(*_):
    print(json.dumps(sorted(sys.modules)), flush=True)
    os._exit(0)

signal.signal = tell
main()
"""


def test_the_program_listens_before_anything_takes_time() -> None:
    told = subprocess.run([sys.executable, "-c", WHAT_IS_LOADED], capture_output=True, check=True).stdout
    loaded = json.loads(told)
    ours = [name for name in loaded if name.startswith("footfall")]
    assert ours == ["footfall", "footfall.doors", "footfall.doors.cli", "footfall.doors.cli.signals"]
    assert not {"typer", "rich", "msgspec", "pydantic", "sqlalchemy", "psycopg"} & set(loaded)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_installed_program_listens_too(tmp_path: Path, number: int) -> None:
    installed = str(Path(sys.executable).with_name("footfall"))
    program = Signalled("status", "--database", f"sqlite:///{tmp_path / 'store.db'}", program=(installed,))
    assert program.listens()
    assert program.stop(number) == quiet(number)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", ["ingest -", "stats", "tail", "simulate", "bench", "--help", "no-such-command"])
def test_a_signal_ends_a_program_that_has_hardly_begun(tmp_path: Path, command: str, number: int) -> None:
    program = Signalled(*command.split(), "--database", f"sqlite:///{tmp_path / 'store.db'}")
    assert program.listens()
    assert program.stop(number) == quiet(number)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_run_has_done_well_though_it_had_hardly_begun(tmp_path: Path, number: int) -> None:
    program = Signalled("run", "--database", f"sqlite:///{tmp_path / 'store.db'}")
    assert program.listens()
    assert program.stop(number) == End(0, "")


@pytest.mark.parametrize("number", SIGNALS)
def test_an_import_leaves_no_half_batch(database_url: str, engine_at: OpenEngine, number: int) -> None:
    engine = engine_at(database_url)
    program = Signalled("ingest", "-", "--database", database_url)
    program.hand_in(lines(crowd(BATCH + BATCH // 2, visits=1)))
    assert program.waits_for(lambda: stored(database_url))
    assert program.stop(number) == quiet(number)
    assert stored(database_url) == BATCH
    engine.catch_up()
    assert engine.verify().ok


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_a_tail_that_waits(sqlite_url: str, engine_at: OpenEngine, number: int) -> None:
    engine_at(sqlite_url)
    program = Signalled("tail", "--database", sqlite_url)
    assert program.opens(file_of(sqlite_url))
    assert program.stop(number) == quiet(number)


def file_of(url: str) -> str:
    """The file of a SQLite store."""
    return url.removeprefix("sqlite:///")


def test_a_signal_reaches_a_program_that_waits_for_a_lock_of_the_database(
    sqlite_url: str, engine_at: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_at(sqlite_url)
    monkeypatch.setenv("FOOTFALL_LOCK_TIMEOUT", "1h")
    with closing(sqlite3.connect(file_of(sqlite_url), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        program = Signalled("define", "shop.visit", "--database", sqlite_url)
        assert program.opens(file_of(sqlite_url))
        assert program.stop(signal.SIGTERM) == quiet(signal.SIGTERM)


def test_more_signals_change_nothing_about_workers(postgres_url: str, engine_at: OpenEngine) -> None:
    engine = engine_at(postgres_url)
    program = Signalled("ingest", "-", "--workers", "2", "--database", postgres_url)
    program.hand_in(lines(crowd(4 * BATCH, visits=1)))
    assert program.waits_for(lambda: stored(postgres_url))
    assert program.stop(signal.SIGINT, again_and_again=True) == quiet(signal.SIGINT)
    engine.catch_up()
    assert engine.verify().ok


def test_more_signals_change_nothing_about_clearing_up(postgres_url: str) -> None:
    program = Signalled("bench", "--database", postgres_url)
    assert program.waits_for(lambda: has_scratch(postgres_url))
    assert program.stop(signal.SIGTERM, again_and_again=True) == quiet(signal.SIGTERM)
    assert not has_scratch(postgres_url)


def has_scratch(url: str) -> bool:
    """Whether the schema of a benchmark is there."""
    ((found,),) = query(url, "SELECT to_regnamespace('footfall_bench') IS NOT NULL")
    return bool(found)


CLEARING_UP = """
import signal
from footfall.doors.cli import signals

signals.interrupt()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    signal.raise_signal(signal.SIGTERM)
    print(signals.exit_status())
"""
IN_A_FINALIZER = """
import signal, time
from footfall.doors.cli import signals

class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

signals.interrupt()
try:
    Finalized()
    time.sleep(60)
except KeyboardInterrupt:
    print(signals.exit_status())
"""
IN_CODE_FROM_A_STRING = """
import signal
from footfall.doors.cli import signals

signals.interrupt()
try:
    exec("signal.raise_signal(signal.SIGINT)")
except KeyboardInterrupt:
    print(signals.exit_status())
"""


@pytest.mark.parametrize(
    ("code", "status"), [(CLEARING_UP, "130"), (IN_A_FINALIZER, "143"), (IN_CODE_FROM_A_STRING, "130")]
)
def test_the_first_signal_counts_wherever_it_comes(code: str, status: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [status], "")


def test_a_host_that_calls_the_program_keeps_its_signals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    monkeypatch.setattr("sys.argv", ["footfall", "status", "--database", f"sqlite:///{tmp_path / 'store.db'}"])
    with pytest.raises(SystemExit):
        main()
    assert [signal.getsignal(number) for number in SIGNALS] == before
