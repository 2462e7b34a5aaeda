"""`ingest --format auto`, logs of several servers in one store, and imports that an older Footfall has begun."""

from __future__ import annotations

import gzip
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

import footfall
from tests.doors.wire.recorded.expected import FORMATS, expected, log_of
from tests.doors.wire.recorded.requests import SITE
from tests.end_to_end.cli.program import Program, run
from tests.end_to_end.cli.test_log_lines import A, B, line, written


def pages(server: str) -> set[str]:
    """The pages that were visited at a server."""
    return {visit.url for visit in expected(server) if visit is not None}


def test_nginx_and_apache_make_one_row_of_a_page(program: Program) -> None:
    for server in ("nginx", "apache"):
        options = ("--format", server, "--site", SITE)
        assert program.document("ingest", str(log_of(server)), *options)["accepted"] == len(pages(server))
        assert program.document("ingest", str(log_of(server)), *options)["accepted"] == 0
    shown = {page["url"]: page for page in program.document("pages", "--limit", "1000", "--customers")}
    assert set(shown) == pages("nginx") | pages("apache")
    assert all(shown[url]["visits"] == 2 and shown[url]["customers"] == 1 for url in pages("nginx"))


@pytest.mark.parametrize("server", FORMATS)
def test_auto_says_what_it_took_a_log_for(on_sqlite: Program, server: str) -> None:
    outcome = on_sqlite("ingest", str(log_of(server)), "--format", "auto", "--site", SITE, "--json")
    assert outcome.status == 0
    assert outcome.document["accepted"] == len(list(filter(None, expected(server))))
    (told,) = outcome.err.splitlines()
    assert f"{log_of(server)}: read as --format " in told


def test_auto_reads_gzip_pipes_and_standard_input(on_sqlite: Program, sqlite_url: str, tmp_path: Path) -> None:
    text = log_of("apache_vhost").read_bytes()
    packed, pipe = tmp_path / "access.log.gz", tmp_path / "pipe"
    packed.write_bytes(gzip.compress(text))
    outcome = on_sqlite("ingest", str(packed), "--format", "auto", "--site", SITE, "--json")
    assert outcome.document["accepted"] == len(pages("apache_vhost"))
    assert "--format vhost_combined" in outcome.err
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit(pipe.write_bytes, text)
        outcome = on_sqlite("ingest", str(pipe), "--format", "auto", "--site", SITE, "--json")
        assert writing.result()
    assert outcome.document["duplicate"] == len(pages("apache_vhost"))
    outcome = run(
        *("ingest", "-", "--format", "auto", "--site", SITE, "--database", sqlite_url, "--json"), stdin=text.decode()
    )
    assert outcome.document["duplicate"] == len(pages("apache_vhost"))


def test_auto_and_workers_agree_in_both_processes(postgres_url: str, tmp_path: Path) -> None:
    # Beyond the first hundred lines there is what would be read in another way by itself.
    lines = [line(target=rf"/{n}\x22", agent=rf"UA\x5C{n}") for n in range(300)]
    file = written(tmp_path / "access.log", [*lines, *(line(B, rf"/{n}\n", agent=rf"UA\t{n}") for n in range(300))])
    options = ("--format", "auto", "--site", SITE, "--database", postgres_url, "--json")
    shared = run("ingest", file, *options, "--workers", "2")
    assert "read as --format nginx: 100 of the first 100 lines" in shared.err
    assert (shared.status, shared.document["accepted"]) == (0, 600)
    alone = run("ingest", file, *options)
    assert (alone.status, alone.document["duplicate"]) == (0, 600)
    with footfall.open(postgres_url) as engine:
        urls = {page.url for page in engine.pages(limit=None, fresh=True)}
    assert urls == {f'{SITE}/{n}"' for n in range(300)} | {rf"{SITE}/{n}\n" for n in range(300)}


def test_auto_knows_json_lines_and_takes_what_it_does_not_know_for_combined(on_sqlite: Program, tmp_path: Path) -> None:
    events = written(tmp_path / "a", ['{"uuid": "00000000-0000-4000-8000-000000000001", "action": "screen.view"}'])
    outcome = on_sqlite("ingest", events, "--format", "auto", "--json")
    assert (outcome.status, outcome.document["accepted"]) == (0, 1)
    assert "--format jsonl: 1 of the first 1 lines" in outcome.err
    unknown = written(tmp_path / "b", ["web-1  | " + line(), "web-2  | " + line(B)])
    outcome = on_sqlite("ingest", unknown, "--format", "auto", "--json")
    assert (outcome.status, outcome.document["unparsed"]) == (1, 2)
    told = outcome.err.splitlines()
    assert "--format combined: 0 of the first 2 lines" in told[0]
    assert all("cut it off" in one for one in told[1:])
    empty = on_sqlite("ingest", written(tmp_path / "c", []), "--format", "auto", "--json")
    assert (empty.status, empty.document["read"]) == (0, 0)


def former(text: str, site: str, url: str, ordinal: int) -> dict[str, object]:
    """The event that an older Footfall made of a line: its id said nothing of the site."""
    customer = uuid5(NAMESPACE_URL, f"{A} UA/1")
    event_id = uuid5(NAMESPACE_URL, f"{text} {ordinal}")
    time = "2026-03-05T12:00:00+00:00"
    return {"uuid": customer, "action": "page.visit", "time": time, "params": {"url": site + url}, "event_id": event_id}


def test_an_import_that_an_older_footfall_has_begun_goes_on(
    program: Program, database_url: str, tmp_path: Path
) -> None:
    lines = [line(target=f"/{n % 30}") for n in range(60)]
    file = written(tmp_path / "access.log", lines)
    with footfall.open(database_url) as engine:
        events = [former(one, SITE, f"/{at % 30}", at // 30) for at, one in enumerate(lines)]
        assert {result.status for result in engine.track_many(events[:40])} == {"accepted"}
    options = ("ingest", file, "--format", "combined", "--site", SITE)
    report = program.document(*options)
    assert (report["accepted"], report["duplicate"]) == (20, 40)
    assert program.document(*options)["duplicate"] == 60
    other = program.document("ingest", file, "--format", "combined", "--site", "https://b.example")
    assert other["accepted"] == 60


def test_without_a_site_ids_are_what_they_were(on_sqlite: Program, sqlite_url: str, tmp_path: Path) -> None:
    with footfall.open(sqlite_url) as engine:
        engine.track_many([former(line(), "", "/a", 0)])
    file = written(tmp_path / "access.log", [line(), line()])
    report = on_sqlite.document("ingest", file, "--format", "combined")
    assert (report["accepted"], report["duplicate"]) == (1, 1)


def test_a_site_is_written_with_its_scheme(on_sqlite: Program, tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    outcome = on_sqlite("ingest", str(tmp_path / "log"), "--format", "combined", "--site", "shop.example")
    assert outcome.status == 2
    assert "https://shop.example" in outcome.err
