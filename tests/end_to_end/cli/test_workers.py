"""`ingest --workers`, `rebuild --workers` and `run --workers`: processes that share the work, on PostgreSQL."""

from __future__ import annotations

import gzip
import json
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

import footfall
from footfall.doors.importing.beginning import LINES_A_WORKER
from tests.contracts.servers import fresh_database
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, NOON, OpenEngine, crowd, execute, gapless, named, versions, visit
from tests.end_to_end.cli.program import Outcome, run
from tests.end_to_end.cli.running import Running
from tests.end_to_end.cli.test_access_log import LINES, RECKONED, VIEWS, rows, written

BROKEN = ["{broken", "[1]", '"text"', "", "\x00", '{"action": "page.visit"}', '{"uuid": 7, "action": "page.visit"}']


def events_with_problems() -> list[str]:
    """Lines in no order: visits of many customers, some twice, some altered under the same id, and what is no event."""
    visits = crowd(150, visits=4)
    altered = [event | {"params": {"url": "/elsewhere"}} for event in visits[:20]]
    unknown = [
        event | {"action": "no.such", "event_id": named(f"unknown {at}")} for at, event in enumerate(visits[:30])
    ]
    strange = [event | {"params": {"url": "/", "x": float("nan")}} for event in visits[30:40]]
    lines = [json.dumps(event, default=str) for event in (*visits, *visits[50:90], *altered, *unknown, *strange)]
    lines += BROKEN * 3
    random.Random(11).shuffle(lines)
    return ["\ufeff" + json.dumps(visit(ALICE, 0), default=str), *lines]


@pytest.fixture
def shuffled(tmp_path: Path) -> str:
    """A file of events with problems."""
    file = tmp_path / "shuffled.jsonl"
    file.write_text("".join(f"{line}\n" for line in events_with_problems()))
    return str(file)


@pytest.fixture
def long_file(tmp_path: Path) -> str:
    """A file that takes a while to import."""
    file = tmp_path / "long.jsonl"
    file.write_text("".join(f"{json.dumps(event, default=str)}\n" for event in crowd(1_500, visits=20)))
    return str(file)


@pytest.fixture
def other_url(postgres_server: str) -> Iterator[str]:
    """The URL of a second PostgreSQL database."""
    with fresh_database(postgres_server) as url:
        yield url


def ingest(url: str, file: str, *options: str, stdin: str = "") -> Outcome:
    return run("ingest", file, *options, "--database", url, "--json", stdin=stdin)


def workers_of(program: Running) -> list[psutil.Process]:
    """The processes that a program has started to share its work."""
    children = psutil.Process(program.pid).children()
    return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]


def ended_by(number: int) -> int:
    """The exit status of a program that a signal ended, as subprocess has it."""
    return -number if number == signal.SIGKILL else 128 + number


def stored(url: str) -> int:
    """How many events are in the log."""
    ((number,),) = execute(url, "SELECT count(*) FROM footfall.log")
    return int(number)


def rejections(url: str) -> list[tuple[Any, ...]]:
    # What was sent without an event id is given one, another at each import.
    kept = run("rejected", "--database", url, "--json", "--limit", "1000").document
    return sorted((one["reason"], one["detail"], str(one["uuid"])) for one in kept)


def views(url: str) -> dict[str, list[tuple[Any, ...]]]:
    return {view: rows(url, view) for view in VIEWS}


@pytest.mark.parametrize("workers", ["2", "3"])
def test_workers_import_what_one_process_does(postgres_url: str, other_url: str, shuffled: str, workers: str) -> None:
    alone, shared = ingest(other_url, shuffled), ingest(postgres_url, shuffled, "--workers", workers)
    assert (shared.status, shared.document) == (alone.status, alone.document)
    assert all(alone.document[name] > 0 for name in ("accepted", "duplicate", "rejected", "unparsed"))
    assert sorted(shared.err.splitlines()) == sorted(alone.err.splitlines())
    assert views(postgres_url) == views(other_url)
    assert rejections(postgres_url) == rejections(other_url)
    assert gapless(versions(postgres_url).values())
    assert run("verify", "--database", postgres_url).status == 0


def test_workers_count_times_in_the_same_unit(postgres_url: str, tmp_path: Path) -> None:
    file, seconds = tmp_path / "seconds.jsonl", NOON // 1_000_000
    file.write_text("".join(json.dumps(one | {"time": seconds}, default=str) + "\n" for one in crowd(20, visits=1)))
    assert ingest(postgres_url, str(file), "--workers", "2").document["rejected"] == 20
    assert ingest(postgres_url, str(file), "--workers", "2", "--times", "seconds").document["accepted"] == 20
    assert execute(postgres_url, "SELECT DISTINCT time FROM footfall.page_visits") == [(NOON,)]


def test_a_second_import_by_workers_adds_nothing(postgres_url: str, shuffled: str) -> None:
    first = ingest(postgres_url, shuffled, "--workers", "2").document
    before = stored(postgres_url), views(postgres_url)
    again = ingest(postgres_url, shuffled, "--workers", "2").document
    assert (again["accepted"], again["duplicate"]) == (0, first["accepted"] + first["duplicate"])
    assert (stored(postgres_url), views(postgres_url)) == before


def test_workers_import_gzip_and_standard_input(postgres_url: str, shuffled: str, tmp_path: Path) -> None:
    packed = tmp_path / "shuffled.jsonl.gz"
    packed.write_bytes(gzip.compress(Path(shuffled).read_bytes()))
    first = ingest(postgres_url, str(packed), "--workers", "2").document
    again = ingest(postgres_url, "-", "--workers", "2", stdin=Path(shuffled).read_text()).document
    assert again["read"] == first["read"]
    assert again["duplicate"] == first["accepted"] + first["duplicate"]


def test_workers_import_an_access_log(postgres_url: str, tmp_path: Path) -> None:
    file = str(written(tmp_path / "access.log", LINES))
    outcome = ingest(postgres_url, file, "--workers", "2", "--format", "combined")
    assert (outcome.document["read"], outcome.document["unparsed"]) == (10_000, 1)
    assert f"line {RECKONED.unparsed[0]}" in outcome.err
    assert run("stats", "--database", postgres_url, "--json").document == RECKONED.stats
    assert ingest(postgres_url, file, "--workers", "3", "--format", "combined").document["accepted"] == 0


def test_an_import_of_nothing_by_workers_is_well(postgres_url: str) -> None:
    outcome = ingest(postgres_url, "-", "--workers", "2")
    assert (outcome.status, outcome.document["read"]) == (0, 0)


def test_an_import_ends_with_its_worker_and_is_completed_by_another(postgres_url: str, long_file: str) -> None:
    run("status", "--database", postgres_url)
    with Running("ingest", long_file, "--workers", "2", "--database", postgres_url) as importing:
        assert eventually(lambda: stored(postgres_url) > 3_000)
        victim, other = workers_of(importing)
        victim.kill()
        assert importing.ended() == 2
        told = importing.err.next_with("error:")
        assert f"worker {victim.pid} was ended by SIGKILL" in told
        assert "run the same import again" in told
        assert eventually(lambda: not other.is_running())
    report = ingest(postgres_url, long_file, "--workers", "2").document
    assert report["accepted"] > 0
    assert report["duplicate"] > 0
    assert report["accepted"] + report["duplicate"] == report["read"] == 30_000
    assert run("stats", "--database", postgres_url, "--json").document["page_visits"] == 30_000
    assert run("verify", "--database", postgres_url).status == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_import_that_is_stopped_leaves_no_worker_behind(postgres_url: str, long_file: str, number: int) -> None:
    run("status", "--database", postgres_url)
    with Running("ingest", long_file, "--workers", "2", "--database", postgres_url) as importing:
        assert eventually(lambda: stored(postgres_url) > 3_000)
        workers = workers_of(importing)
        assert len(workers) == 2
        assert importing.stop(number) == ended_by(number)
        assert eventually(lambda: not any(worker.is_running() for worker in workers))
        assert number == signal.SIGKILL or importing.err.rest() == []
    assert stored(postgres_url) < 30_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_rebuild_that_is_stopped_leaves_the_old_rows_and_no_worker_behind(
    postgres_url: str, engine_at: OpenEngine, number: int
) -> None:
    engine_at(postgres_url).track_many(crowd(500, visits=10))
    engine_at(postgres_url).catch_up()
    before = views(postgres_url)
    with Running("rebuild", "--workers", "3", "--database", postgres_url) as rebuilding:  # itself and two more
        assert eventually(lambda: len(workers_of(rebuilding)) == 2)
        workers = workers_of(rebuilding)
        assert rebuilding.stop(number) == ended_by(number)
        assert eventually(lambda: not any(worker.is_running() for worker in workers))
        # Of what is left by who is killed, Python complains.
        assert number == signal.SIGKILL or rebuilding.err.rest() == []
    assert views(postgres_url) == before
    assert run("rebuild", "--workers", "2", "--database", postgres_url, "--json").status == 0
    assert views(postgres_url) == before
    assert run("verify", "--database", postgres_url).status == 0


def test_as_many_workers_as_pay_are_taken_where_none_are_said(postgres_url: str, long_file: str) -> None:
    run("status", "--database", postgres_url)
    with footfall.open(postgres_url) as engine:
        pay = min(engine.paying_workers(), 30_000 // LINES_A_WORKER)
    with Running("ingest", long_file, "--database", postgres_url, "--json") as importing:
        assert eventually(lambda: stored(postgres_url) > 3_000)
        assert len(workers_of(importing)) == (pay if pay > 1 else 0)
        assert importing.ended() == 0
        assert json.loads("".join(importing.out.rest()))["accepted"] == 30_000
    assert run("rebuild", "--workers", "auto", "--database", postgres_url, "--json").status == 0
    assert run("verify", "--database", postgres_url).status == 0


def test_one_process_works_on_sqlite_where_none_are_said(sqlite_url: str, shuffled: str) -> None:
    assert ingest(sqlite_url, shuffled).document["accepted"] > 0
    assert ingest(sqlite_url, shuffled, "--workers", "auto").document["accepted"] == 0
    assert run("rebuild", "--workers", "1", "--database", sqlite_url, "--json").status == 0


@pytest.mark.parametrize("number", ["0", "-1", "many", "1.5", ""])
def test_what_is_no_number_of_workers_is_refused(sqlite_url: str, number: str) -> None:
    outcome = run("rebuild", "--workers", number, "--database", sqlite_url)
    assert (outcome.status, outcome.out) == (2, "")
    assert "neither auto nor a whole number" in outcome.err


def test_sqlite_has_no_use_for_more_workers(sqlite_url: str, shuffled: str) -> None:
    for command, number in ((["ingest", shuffled], "3"), (["rebuild"], "2"), (["run"], "2")):
        outcome = run(*command, "--workers", number, "--database", sqlite_url)
        assert (outcome.status, outcome.out) == (2, "")
        assert "one partition and one writer" in outcome.err


@pytest.mark.parametrize("store_is_there", [False])
def test_more_workers_than_partitions_are_refused(postgres_url: str, engine_at: OpenEngine, shuffled: str) -> None:
    engine_at(postgres_url, partitions=3)
    for command in (["ingest", shuffled], ["rebuild"], ["run"]):
        outcome = run(*command, "--workers", "4", "--database", postgres_url)
        assert outcome.status == 2
        assert "3 partitions" in outcome.err


@pytest.fixture
def supervised(postgres_url: str, engine_at: OpenEngine) -> Iterator[Running]:
    """`footfall run` with three workers, from when all of them are there."""
    engine_at(postgres_url)
    with Running("run", "--workers", "3", "--every", "0.2s", "--database", postgres_url) as process:
        assert process.err.next_with("3 workers")
        assert eventually(lambda: len(workers_of(process)) == 3)
        yield process


def project(engine: footfall.Engine, visits: int) -> bool:
    """Whether the views come to have so many visits a customer without being asked to catch up."""
    engine.track_many(crowd(100, visits))
    return eventually(lambda: engine.stats(fresh=False).page_visits == 100 * visits)


@pytest.mark.usefixtures("supervised")
def test_supervised_workers_keep_the_views_up_to_date(postgres_url: str, engine_at: OpenEngine) -> None:
    engine = engine_at(postgres_url)
    assert all(project(engine, visits) for visits in (1, 2, 3))
    assert eventually(lambda: engine.status().sessions_due.customers == 0)
    assert engine.verify().ok


def test_the_command_lines_of_workers_do_not_tell_where_the_store_is(supervised: Running, postgres_url: str) -> None:
    told = [word for worker in workers_of(supervised) for word in worker.cmdline()]
    assert told
    assert [word for word in told if postgres_url in word] == []


def test_a_worker_that_was_killed_is_replaced(supervised: Running, postgres_url: str, engine_at: OpenEngine) -> None:
    engine = engine_at(postgres_url)
    before = workers_of(supervised)
    for victim in before:
        victim.kill()
        assert "SIGKILL" in supervised.err.next_with(f"worker {victim.pid}")
    assert eventually(lambda: len(workers_of(supervised)) == 3)
    assert not {one.pid for one in before} & {one.pid for one in workers_of(supervised)}
    assert project(engine, 1)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGKILL, -9)])
def test_supervised_workers_end_with_their_supervisor(supervised: Running, number: int, status: int) -> None:
    workers = workers_of(supervised)
    assert supervised.stop(number) == status
    assert eventually(lambda: not any(worker.is_running() for worker in workers))
    assert [line for line in supervised.err.rest() if "ERROR" in line or "Traceback" in line] == []
