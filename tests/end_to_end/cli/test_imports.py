"""Commands that bring events in: ingest, rejected, redrive, simulate."""

from __future__ import annotations

import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.support import ALICE, BOB, visit
from tests.end_to_end.cli.program import Program, run

UNKNOWN = {"uuid": str(ALICE), "action": "basket.fill", "params": {"n": 1}}


def written(path: Path, *lines: Any) -> str:
    """A file of these lines; what is no text is written as JSON."""
    path.write_text("".join((x if isinstance(x, str) else json.dumps(x, default=str)) + "\n" for x in lines))
    return str(path)


def test_ingest_tells_what_became_of_the_lines_and_is_well_when_all_are_taken(program: Program, events: str) -> None:
    report = program.document("ingest", events)
    assert set(report) >= {"read", "accepted", "duplicate", "rejected", "unparsed"}
    assert (report["read"], report["accepted"], report["duplicate"]) == (4, 4, 0)
    again = program.document("ingest", events)
    assert (again["read"], again["accepted"], again["duplicate"]) == (4, 0, 4)
    assert "accepted" in program("ingest", events).out


def test_a_command_that_ends_well_says_nothing_on_standard_error(on_sqlite: Program, events: str) -> None:
    assert [on_sqlite(*command).err for command in (["ingest", events], ["rebuild"], ["verify"])] == ["", "", ""]


def test_ingest_names_each_line_that_was_not_taken_and_takes_the_rest(on_sqlite: Program, tmp_path: Path) -> None:
    missing = visit(ALICE, 3) | {"params": {}}
    file = written(tmp_path / "mixed.jsonl", visit(ALICE, 0), "{broken", UNKNOWN, "", "[1]", missing, visit(BOB, 0))
    outcome = on_sqlite("ingest", file, "--json")
    report = outcome.document
    assert outcome.status == 1
    assert (report["read"], report["accepted"], report["rejected"], report["unparsed"]) == (6, 2, 2, 2)
    assert report["read"] == sum(count for name, count in report.items() if name != "read")
    told = {line.split(":")[0]: line for line in outcome.err.splitlines() if line}
    assert sorted(told) == ["line 2", "line 3", "line 5", "line 6"]
    assert "undefined_action" in told["line 3"]
    assert "missing_parameter" in told["line 6"]


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array_is_refused_before_anything_is_taken(
    on_sqlite: Program, tmp_path: Path, indent: int | None
) -> None:
    array = json.dumps([visit(ALICE, 0), visit(BOB, 0)], default=str, indent=indent)
    outcome = on_sqlite("ingest", written(tmp_path / "array.json", array))
    assert (outcome.status, "a JSON array" in outcome.err, "jq -c" in outcome.err) == (2, True, True)
    assert on_sqlite.document("rejected") == []


def test_a_file_that_is_cut_off_is_told_of_with_what_helps(on_sqlite: Program, tmp_path: Path) -> None:
    lines = "".join(json.dumps(visit(ALICE, number), default=str) + "\n" for number in range(6_000))
    whole = gzip.compress(lines.encode())
    file = tmp_path / "cut.jsonl.gz"
    file.write_bytes(whole[: len(whole) * 9 // 10])
    cut = on_sqlite("ingest", str(file), "--workers", "2")
    (told,) = cut.err.splitlines()
    assert (cut.status, "broke off behind line 5" in told, "Import it again" in told) == (2, True, True)
    file.write_bytes(whole)
    assert on_sqlite("ingest", str(file)).status == 0
    assert on_sqlite.document("stats")["events"] >= 6_000


def timed(time: Any) -> dict[str, Any]:
    """A visit at a time that is written so."""
    return {"uuid": str(ALICE), "action": "page.visit", "params": {"url": f"/{time}"}, "time": time}


def visits_by_time(program: Program) -> dict[str, str]:
    """When each url was visited."""
    return {row["url"]: row["time"] for row in program.document("visits", str(ALICE))}


def test_seconds_are_not_taken_for_milliseconds(on_sqlite: Program, tmp_path: Path) -> None:
    times = [1_771_012_312, 0, 1_771_012_312.5, "1771012312345", "1771012312", 1_771_012_312_345, "1970-01-01"]
    outcome = on_sqlite("ingest", written(tmp_path / "times.jsonl", *map(timed, times)), "--json")
    assert (outcome.status, outcome.document["accepted"], outcome.document["rejected"]) == (1, 2, 5)
    told = outcome.err.splitlines()
    assert all("invalid_time" in line for line in told)
    assert "looks like seconds" in told[0]
    assert "--times" in told[0]
    assert visits_by_time(on_sqlite) == {
        "/1771012312345": "2026-02-13T19:51:52.345000Z",
        "/1970-01-01": "1970-01-01T00:00:00.000000Z",
    }


@pytest.mark.parametrize(
    ("unit", "sent", "meant"),
    [
        ("seconds", 1_771_012_312, "2026-02-13T19:51:52.000000Z"),
        ("seconds", 1_771_012_312.345, "2026-02-13T19:51:52.345000Z"),
        ("seconds", 0, "1970-01-01T00:00:00.000000Z"),
        ("seconds", -1, "1969-12-31T23:59:59.000000Z"),
        ("milliseconds", 1_771_012_312, "1970-01-21T11:56:52.312000Z"),
        ("milliseconds", 1_771_012_312_345.5, "2026-02-13T19:51:52.345500Z"),
        ("seconds", "2026-02-13T19:51:52Z", "2026-02-13T19:51:52.000000Z"),
    ],
)
def test_what_times_are_counted_in_may_be_said(
    on_sqlite: Program, tmp_path: Path, unit: str, sent: Any, meant: str
) -> None:
    file = written(tmp_path / "times.jsonl", timed(sent))
    assert on_sqlite.document("ingest", file, "--times", unit)["accepted"] == 1
    assert visits_by_time(on_sqlite) == {f"/{sent}": meant}


def test_a_number_that_is_no_time_in_that_unit_is_told_of(on_sqlite: Program, tmp_path: Path) -> None:
    file = written(tmp_path / "times.jsonl", timed(1_771_012_312_345), timed(1e300), timed("NaN"), timed(True))
    outcome = on_sqlite("ingest", file, "--times", "seconds", "--json")
    assert (outcome.status, outcome.document["unparsed"], outcome.document["rejected"]) == (1, 2, 2)
    assert "1771012312345 in seconds" in outcome.err
    assert on_sqlite("ingest", file, "--times", "seconds", "--format", "combined").status == 2


def test_ingest_reads_gzip_and_standard_input(sqlite_url: str, on_sqlite: Program, events: str, tmp_path: Path) -> None:
    text = Path(events).read_bytes()
    (tmp_path / "events.jsonl.gz").write_bytes(gzip.compress(text))
    assert on_sqlite.document("ingest", str(tmp_path / "events.jsonl.gz"))["accepted"] == 4
    outcome = run("ingest", "-", "--database", sqlite_url, "--json", stdin=text.decode() + json.dumps(UNKNOWN))
    assert outcome.status == 1
    assert (outcome.document["duplicate"], outcome.document["rejected"]) == (4, 1)


def test_ingest_reads_a_pipe_that_has_a_path(on_sqlite: Program, events: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as beside:
        writing = beside.submit((tmp_path / "pipe").write_bytes, Path(events).read_bytes())
        assert on_sqlite.document("ingest", str(tmp_path / "pipe"))["accepted"] == 4
        assert writing.result()


@pytest.mark.parametrize("value", ["NaN", "1e999", "9007199254740993", '"\\u0000"', '"\\ud800"', "[" * 12 + "]" * 12])
def test_ingest_rejects_what_no_database_can_keep(on_sqlite: Program, tmp_path: Path, value: str) -> None:
    poison = f'{{"uuid": "{ALICE}", "action": "page.visit", "params": {{"url": "/", "x": {value}}}}}'
    file = written(tmp_path / "poison.jsonl", poison, visit(BOB, 0))
    outcome = on_sqlite("ingest", file, "--json")
    assert (outcome.status, outcome.document["accepted"], outcome.document["rejected"]) == (1, 1, 1)
    assert [row["reason"] for row in on_sqlite.document("rejected")] == ["invalid_params"]
    assert on_sqlite.document("stats")["page_visits"] == 1


@pytest.mark.parametrize("line", ["[" * 100_000, '{"uuid": ' * 100_000])
def test_ingest_names_a_line_that_is_nested_without_end_and_takes_the_rest(
    on_sqlite: Program, tmp_path: Path, line: str
) -> None:
    outcome = on_sqlite("ingest", written(tmp_path / "deep.jsonl", line, visit(BOB, 0)), "--json")
    assert (outcome.status, outcome.document["accepted"], outcome.document["unparsed"]) == (1, 1, 1)
    assert outcome.err.startswith("line 1: ")


def test_rejected_shows_what_was_refused_whole_and_by_reason(program: Program, tmp_path: Path) -> None:
    program("ingest", written(tmp_path / "refused.jsonl", UNKNOWN, visit(BOB, 0) | {"params": {}}))
    rows = program.document("rejected")
    assert [row["reason"] for row in rows] == ["undefined_action", "missing_parameter"]
    names = {"rejection_id", "reason", "detail", "uuid", "received_at", "kind", "content", "size", "sha256", "cut"}
    assert set(rows[0]) == {*names, "redrivable", "cursor"}
    assert UNKNOWN.items() <= json.loads(rows[0]["content"]).items()
    assert [row["uuid"] for row in program.document("rejected", "--reason", "missing_parameter")] == [str(BOB)]
    assert program.document("rejected", "--reason", "conflict") == []
    assert len(program.document("rejected", "--limit", "1")) == 1
    assert "undefined_action" in program("rejected").out


def test_an_access_log_that_is_not_said_to_be_one_is_told_once(program: Program, tmp_path: Path) -> None:
    line = '192.0.2.7 - - [10/Mar/2026:13:55:36 +0000] "GET /{} HTTP/1.1" 200 12 "-" "Mozilla/5.0"\n'
    (tmp_path / "access.log").write_text("".join(map(line.format, range(5))))
    log = str(tmp_path / "access.log")
    outcome = program("ingest", log)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.splitlines() == [
        "error: this is no JSON but an access log: say --format combined, or --format auto"
    ]
    assert program.document("ingest", log, "--format", "combined")["accepted"] == 5


@pytest.mark.parametrize("odd", ["not a line of anything", json.dumps(UNKNOWN)])
@pytest.mark.parametrize("first", [True, False])
def test_it_is_told_once_also_where_a_line_is_of_another_kind(
    on_sqlite: Program, tmp_path: Path, odd: str, first: bool
) -> None:
    line = '192.0.2.7 - - [10/Mar/2026:13:55:36 +0000] "GET /{} HTTP/1.1" 200 12 "-" "Mozilla/5.0"'
    lines = [line.format(n) for n in range(5)]
    lines.insert(0 if first else 5, odd)
    (tmp_path / "access.log").write_text("\n".join(lines))
    outcome = on_sqlite("ingest", str(tmp_path / "access.log"))
    assert (outcome.status, len(outcome.err.splitlines())) == (2, 1)
    assert "--format combined" in outcome.err


def test_lines_that_are_not_taken_are_told_in_their_order(on_sqlite: Program, tmp_path: Path) -> None:
    file = written(tmp_path / "mixed.jsonl", UNKNOWN, "{", visit(BOB, 0), "[]", UNKNOWN | {"params": {"n": 1}})
    told = on_sqlite("ingest", file).err.splitlines()
    assert [one.split(":")[0] for one in told] == ["line 1", "line 2", "line 4", "line 5"]


def test_rejected_forgets_what_is_not_needed_any_more(program: Program, tmp_path: Path) -> None:
    program("ingest", written(tmp_path / "refused.jsonl", UNKNOWN, visit(BOB, 0) | {"params": {}}))
    assert program.document("rejected", "--forget", "--before", "2020-01-01") == {"forgotten": 0}
    assert program.document("rejected", "--forget", "--reason", "missing_parameter") == {"forgotten": 1}
    assert [row["reason"] for row in program.document("rejected")] == ["undefined_action"]
    assert program("rejected", "--forget").out == "Forgot 1 rejections\n"
    assert program.document("rejected") == []
    assert program("rejected", "--before", "2020-01-01").status == 2


def test_no_line_makes_what_is_told_of_it_long(on_sqlite: Program, tmp_path: Path) -> None:
    lines = [{**UNKNOWN, "x" * 500_000: 1}, {**UNKNOWN, "action": "x" * 500_000}, {**UNKNOWN, "uuid": "x" * 500_000}]
    outcome = on_sqlite("ingest", written(tmp_path / "long.jsonl", *lines), "--json")
    assert outcome.document["rejected"] == 3
    assert [len(line) < 1_200 for line in outcome.err.splitlines()] == [True, True, True]


def test_redrive_takes_in_what_is_refused_no_longer(program: Program, tmp_path: Path) -> None:
    program("ingest", written(tmp_path / "refused.jsonl", UNKNOWN, visit(BOB, 0) | {"params": {}}))
    assert program("define", "basket.fill", "--param", "n:integer!").status == 0
    outcome = program("redrive", "--json")
    assert outcome.status == 1
    summary = {"accepted": 1, "duplicate": 0, "rejected": 1, "healed": 0, "still_parked": 0}
    assert outcome.document == summary | {"reasons": {"missing_parameter": 1}}
    assert "still missing_parameter" in program("redrive").out
    assert [row["reason"] for row in program.document("rejected")] == ["missing_parameter"]
    assert program.document("redrive", "--reason", "undefined_action")["rejected"] == 0
    assert program.document("profile", str(ALICE))["counts"] == {"basket.fill": 1}


def test_simulate_gives_the_same_events_for_the_same_seed_and_ingest_takes_them(
    on_sqlite: Program, tmp_path: Path
) -> None:
    one, same, other = (run("simulate", "--customers", "20", "--days", "3", "--seed", seed) for seed in "778")
    assert one.status == 0
    assert one.out == same.out != other.out
    (tmp_path / "shop.jsonl").write_text(one.out)
    report = on_sqlite("ingest", str(tmp_path / "shop.jsonl"), "--json").document
    assert report["read"] == report["accepted"] + report["rejected"]
    assert report["accepted"] > 0
    assert {row["reason"] for row in on_sqlite.document("rejected")} <= {"undefined_action"}
