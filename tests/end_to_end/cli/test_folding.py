"""SQLite: one process takes in, and another folds what comes into the file of the views."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

import footfall
from footfall.doors.importing.beginning import LINES_A_WORKER
from footfall.infrastructure.background import worker_processes
from tests.contracts.subscription.following import eventually
from tests.contracts.support import OpenEngine, crowd, execute
from tests.end_to_end.cli.program import run
from tests.end_to_end.cli.running import Running
from tests.end_to_end.cli.test_workers import ended_by, ingest, rejections, stored, views, workers_of
from tests.torture.watch.plain_sql import views_file

VISITS = 30_000


@pytest.fixture
def long_file(tmp_path: Path) -> str:
    """A file that is folded several times while it is imported, with some lines that are not taken."""
    file = tmp_path / "long.jsonl"
    lines = [json.dumps(event, default=str) for event in crowd(1_500, visits=20)]
    lines[7] = "{broken"
    file.write_text("".join(f"{line}\n" for line in lines))
    return str(file)


def folder_of(importing: Running) -> psutil.Process:
    """The process that folds, once it has begun."""
    assert eventually(lambda: len(workers_of(importing)) == 1)
    (folder,) = workers_of(importing)
    return folder


def folded(url: str) -> int:
    """How far the views are."""
    ((position,),) = execute(url, "SELECT max(position) FROM footfall.checkpoints")
    return int(position)


def test_two_processes_import_what_one_does(sqlite_url: str, long_file: str) -> None:
    alone, shared = f"{sqlite_url}.alone", f"{sqlite_url}.shared"
    one, two = ingest(alone, long_file, "--workers", "1"), ingest(shared, long_file, "--workers", "2")
    assert (two.status, two.document, two.err) == (one.status, one.document, one.err)
    assert one.document["accepted"] == VISITS - 1
    assert views(shared) == views(alone)
    assert rejections(shared) == rejections(alone)
    assert run("verify", "--database", shared).status == 0


def test_the_second_one_folds_while_the_first_takes_in(sqlite_url: str, long_file: str) -> None:
    run("migrate", "--database", sqlite_url)
    with Running("ingest", long_file, "--workers", "2", "--database", sqlite_url, "--json") as importing:
        assert eventually(lambda: 0 < folded(sqlite_url) < stored(sqlite_url) < VISITS)
        assert importing.ended() == 1  # for the one line
    assert run("verify", "--database", sqlite_url).status == 0


def test_where_the_second_one_is_killed_nothing_is_missing(sqlite_url: str, long_file: str) -> None:
    run("migrate", "--database", sqlite_url)
    with Running("ingest", long_file, "--workers", "2", "--database", sqlite_url, "--json") as importing:
        folder_of(importing).kill()
        assert importing.ended() == 1
        assert "SIGKILL" in "".join(importing.err.rest())
        assert json.loads("".join(importing.out.rest()))["accepted"] == VISITS - 1
    with footfall.open(sqlite_url) as engine:
        assert engine.stats(fresh=False).page_visits == VISITS - 1
        assert engine.verify().ok


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_second_one_ends_with_the_import(sqlite_url: str, long_file: str, number: int) -> None:
    run("migrate", "--database", sqlite_url)
    with Running("ingest", long_file, "--workers", "2", "--database", sqlite_url) as importing:
        folder = folder_of(importing)
        assert eventually(lambda: stored(sqlite_url) > 1_000)
        assert importing.stop(number) == ended_by(number)
        assert eventually(lambda: not folder.is_running())
    assert ingest(sqlite_url, long_file).document["accepted"] < VISITS
    assert run("verify", "--database", sqlite_url).status == 0


@pytest.mark.parametrize(("processors", "pay"), [(1, 1), (2, 2), (8, 2)])
def test_a_second_process_pays_an_import_where_there_is_a_second_processor(
    sqlite_url: str, engine_at: OpenEngine, monkeypatch: pytest.MonkeyPatch, processors: int, pay: int
) -> None:
    monkeypatch.setattr(worker_processes, "usable_processors", lambda: processors)
    engine = engine_at(sqlite_url)
    assert (engine.paying_workers(importing=True), engine.paying_workers()) == (pay, 1)
    assert engine.one_writer()


def test_it_is_taken_where_none_is_said(sqlite_url: str, long_file: str) -> None:
    run("migrate", "--database", sqlite_url)
    with footfall.open(sqlite_url) as engine:
        pay = min(engine.paying_workers(importing=True), VISITS // LINES_A_WORKER)
    with Running("ingest", long_file, "--database", sqlite_url, "--json") as importing:
        assert eventually(lambda: stored(sqlite_url) > 3_000)
        assert len(workers_of(importing)) == pay - 1
        assert importing.ended() == 1


def test_what_runs_beside_a_writer_folds_and_sweeps(sqlite_url: str, engine_at: OpenEngine) -> None:
    engine = engine_at(sqlite_url)
    with Running("run", "--every", "0.2s", "--database", sqlite_url):
        for visits in (2, 4, 6):
            engine.track_many(crowd(200, visits))
        assert eventually(lambda: engine.stats(fresh=False).page_visits == 1_200)
        assert eventually(lambda: engine.status().sessions_due.customers == 0)
    assert engine.verify().ok


def test_the_views_may_be_deleted_under_processes_that_fold(sqlite_url: str, engine_at: OpenEngine) -> None:
    engine, file = engine_at(sqlite_url), views_file(sqlite_url)
    beside = [file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-shm")]
    with (
        Running("run", "--every", "0.1s", "--database", sqlite_url) as one,
        Running("run", "--every", "0.1s", "--database", sqlite_url) as other,
    ):
        for visits in range(1, 9):
            engine.track_many(crowd(200, visits))
            for victim in beside if visits % 2 else beside[:1]:
                victim.unlink(missing_ok=True)
            if visits % 3 == 0:
                assert eventually(lambda: engine.stats(fresh=False).page_visits == 200 * visits)  # noqa: B023
        assert eventually(lambda: engine.stats(fresh=False).page_visits == 1_600)
        assert [process.stop(signal.SIGTERM) for process in (one, other)] == [0, 0]
        assert [line for process in (one, other) for line in process.err.rest() if "Traceback" in line] == []
    assert engine.verify().ok
