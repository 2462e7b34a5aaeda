"""`footfall tail`: prints events as they are committed, whichever process writes them."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

import footfall
from tests.contracts.log.test_concurrent_writers import write
from tests.contracts.sharing.processes import Worker, together
from tests.contracts.support import ALICE, BOB, crowd, visit
from tests.end_to_end.cli.program import run
from tests.end_to_end.cli.running import Running

ALL_THERE_IS = ("--after", "start", "--no-follow")
KEYS = {"uuid", "action", "time", "params", "event_id", "received_at", "claimed_time", "cursor"}


def lines(url: str, *arguments: str) -> list[Any]:
    """What a tail that ends well prints as JSON, a document a line."""
    outcome = run("tail", "--no-follow", "--json", *arguments, "--database", url)
    assert (outcome.status, outcome.err) == (0, "")
    return [json.loads(line) for line in outcome.out.splitlines()]


def test_tail_prints_a_line_of_json_for_each_event(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many([visit(ALICE, 0, "/a", title="Mugs\nand more"), visit(ALICE, 1, "/b")])
    engine.update(ALICE, {"newsletter": True})
    told = lines(database_url, "--after", "start")
    assert [event["action"] for event in told] == ["session.start", "page.visit", "page.visit"]
    assert all(set(event) >= KEYS for event in told)
    wanted = visit(ALICE, 0, "/a", title="Mugs\nand more") | {"uuid": str(ALICE), "claimed_time": None}
    assert {key: told[1][key] for key in wanted} == wanted | {"event_id": str(wanted["event_id"])}


def test_tail_goes_on_after_a_cursor(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many(crowd(10))
    told = lines(database_url, "--after", "start")
    assert lines(database_url, "--after", told[24]["cursor"]) == told[25:]
    assert lines(database_url, "--after", told[-1]["cursor"]) == []


def test_tail_that_does_not_follow_begins_now_and_ends_at_once(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many([visit(ALICE, 0)])
    assert lines(database_url) == []


def test_tail_prints_the_actions_and_the_customer_that_were_asked_for(
    engine: footfall.Engine, database_url: str
) -> None:
    engine.track_many(visit(who, minute) for minute in (0, 60) for who in (ALICE, BOB))
    engine.sweep()
    ended = lines(database_url, "--after", "start", "--action", "session.end", "--action", "session.start")
    assert sorted(event["action"] for event in ended) == ["session.end"] * 4 + ["session.start"] * 4
    visits = lines(database_url, "--after", "start", "--action", "page.visit", "--customer", str(BOB))
    assert [(event["action"], event["uuid"]) for event in visits] == [("page.visit", str(BOB))] * 2
    assert lines(database_url, "--after", "start", "--action", "no.such") == []


def test_tail_prints_a_readable_line_for_each_event(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many([visit(ALICE, 0, "/a")])
    _, line = run("tail", *ALL_THERE_IS, "--database", database_url).out.splitlines()
    assert all(part in line for part in ("2026-01-01T12:00:00", str(ALICE), "page.visit", "/a"))


def test_tail_prints_what_another_process_tracks_until_it_is_interrupted(
    engine: footfall.Engine, database_url: str, tmp_path: Path
) -> None:
    engine.track_many([visit(BOB, 0)])
    with Running("tail", "--after", "start", "--json", "--database", database_url) as tail:
        assert [tail.document()["uuid"] for _ in range(2)] == [str(BOB)] * 2
        together(Worker("track", database_url, write(tmp_path / "events.json", [visit(ALICE, 0, "/late")])))
        told = [tail.document() for _ in range(2)]
        assert [(event["uuid"], event["action"]) for event in told] == [
            (str(ALICE), "session.start"),
            (str(ALICE), "page.visit"),
        ]
        assert tail.stop(signal.SIGINT) == 130
        assert (tail.out.rest(), tail.err.rest()) == ([], [])


def test_tail_begins_now_unless_it_is_told_where(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many([visit(BOB, 0)])
    with Running("tail", "--json", "--database", database_url) as tail:
        for minute in range(120):
            engine.track_many([visit(ALICE, minute)])
            if told := tail.out.next_if_any(0.5):
                break
        assert json.loads(told)["uuid"] == str(ALICE)


@pytest.mark.parametrize(
    "arguments",
    [
        ["tail", "--customer", "alice"],
        ["tail", "--customer", ""],
        ["tail", "--after", "yesterday"],
        ["tail", "--after", ""],
        ["tail", "--after", "1.2.3.4.5.6.7"],
        ["run", "--every", "now and then"],
        ["run", "--every", "5"],
        ["run", "--every=-1s"],
        ["run", "--every", "0s"],
        ["run", "--every", "999999999d"],
    ],
    ids=" ".join,
)
def test_a_malformed_argument_is_told_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    with Running(*arguments, "--database", f"sqlite:///{tmp_path / 'store.db'}") as process:
        assert process.ended() == 2
        (line,) = process.err.rest()
        assert line.startswith("error: ")
        assert process.out.rest() == []


def test_nothing_that_somebody_sent_steers_the_terminal(engine: footfall.Engine, database_url: str) -> None:
    engine.track_many([visit(ALICE, 0, "/a", title="\x1b]0;owned\x07 \x9b1m \x7f")])
    told = run("tail", *ALL_THERE_IS, "--database", database_url).out
    assert "owned" in told
    assert not {"\x1b", "\x07", "\x9b", "\x7f"} & set(told)
