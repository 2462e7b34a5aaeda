"""Commands on sessions: sessions, session, timeout, what-if."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

import pytest

import footfall
from tests.contracts.support import ALICE, BOB, CAROL, visit
from tests.end_to_end.cli.program import Program, run

BAR = "█"


@pytest.fixture
def filled(program: Program, events: str) -> Program:
    """The program on a store with two sessions of Alice's and one of Bob's."""
    assert program("ingest", events).status == 0
    return program


def begun(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Whose sessions they are, and at what time of the day they began."""
    return [(row["uuid"], row["started_at"][11:16]) for row in rows]


def test_sessions_of_all_customers_are_shown_with_their_customer(filled: Program) -> None:
    rows = filled.document("sessions")
    assert [start for _, start in begun(rows)] == ["13:40", "12:00", "12:00"]
    assert {row["uuid"] for row in rows} == {str(ALICE), str(BOB)}
    assert str(BOB) in filled("sessions").out
    assert str(BOB) not in filled("sessions", str(ALICE)).out


def test_sessions_are_chosen_by_customer_start_and_number(filled: Program) -> None:
    assert begun(filled.document("sessions", "--since", "2026-01-01T13:40:00Z")) == [(str(ALICE), "13:40")]
    assert begun(filled.document("sessions", str(ALICE), "--until", "2026-01-01T13:40:00Z")) == [(str(ALICE), "12:00")]
    assert filled.document("sessions", str(BOB), "--since", "2026-01-01T12:00:00.000001Z") == []
    assert begun(filled.document("sessions", "--limit", "1")) == [(str(ALICE), "13:40")]


def test_only_open_sessions_are_shown_when_asked(filled: Program, database_url: str) -> None:
    assert filled.document("sessions", "--open") == []
    with footfall.open(database_url) as engine:
        engine.track(CAROL, "button.click")
    (row,) = filled.document("sessions", "--open")
    assert (row["uuid"], row["state"]) == (str(CAROL), "open")
    assert datetime.fromisoformat(row["deadline"]) > datetime.now(UTC)
    assert filled.document("sessions", "--summary")["open"] == 1
    assert "open" in filled("sessions", "--open").out


def test_a_summary_shows_figures_pages_and_a_bar_for_each_hour(filled: Program) -> None:
    summary = filled.document("sessions", "--summary")
    assert (summary["sessions"], summary["bounces"], summary["time_on_site_seconds"]) == (3, 2, 60.0)
    assert (summary["bounce_rate"], summary["median_duration_seconds"]) == (pytest.approx(2 / 3), 0.0)
    assert summary["entry_pages"] == [{"url": "/a", "sessions": 2}, {"url": "/b", "sessions": 1}]
    assert (summary["by_hour"][12:14], sum(summary["by_hour"])) == ([2, 1], 3)
    lines = filled("sessions", "--summary").out.splitlines()
    (noon,) = (line for line in lines if line.split()[:2] == ["2", "12"])
    (one,) = (line for line in lines if line.split()[:2] == ["1", "13"])
    assert noon.count(BAR) == 2 * one.count(BAR) == 40
    assert sum(BAR in line for line in lines) == 2
    assert any("bounce_rate" in line for line in lines)


def test_a_summary_is_of_the_sessions_that_are_chosen(filled: Program) -> None:
    assert filled.document("sessions", str(ALICE), "--summary")["sessions"] == 2
    assert filled.document("sessions", "--summary", "--since", "2026-01-01T13:00Z")["bounces"] == 1
    assert filled.document("sessions", str(CAROL), "--summary")["bounce_rate"] is None
    assert BAR not in filled("sessions", str(CAROL), "--summary").out


def test_a_session_is_shown_by_any_id_that_it_ever_had(filled: Program, database_url: str) -> None:
    newest, first = filled.document("sessions", str(ALICE))
    assert filled.document("session", first["session_id"]) == first
    with footfall.open(database_url) as engine:
        engine.track_many([visit(ALICE, -5, "/early"), visit(ALICE, 29), visit(ALICE, 58), visit(ALICE, 80)])
    shown = filled.document("session", newest["session_id"])
    assert shown == filled.document("session", first["session_id"])
    assert (shown["activities"], shown["entry_url"], shown["exit_url"]) == (7, "/early", "/a")
    text = filled("session", newest["session_id"]).out
    assert shown["session_id"] in text
    assert "/early" in text


def test_the_timeout_is_shown_with_its_history_and_set(filled: Program) -> None:
    assert [row["seconds"] for row in filled.document("timeout")] == [1800.0]
    assert "10800" in filled("timeout", "3h").out
    (_, last) = filled.document("timeout", "3h")
    assert (last["seconds"], last["set_at"][-1]) == (10800.0, "Z")
    assert " 1800" in filled("timeout").out
    assert filled.document("status")["session_timeout_seconds"] == 10800.0


def test_what_if_shows_today_and_what_would_be_and_changes_nothing(filled: Program) -> None:
    found = filled.document("what-if", "--timeout", "30s")
    assert list(found["today"].values()) == [None, 3, 2, pytest.approx(2 / 3), 60.0]
    assert [found["would_be"][name] for name in ("timeout_seconds", "sessions", "bounces")] == [30.0, 4, 4]
    assert filled.document("what-if", "--timeout", "2h")["would_be"]["sessions"] == 2
    assert len(filled.document("timeout")) == 1
    assert len(filled.document("sessions")) == 3
    text = filled("what-if", "--timeout", "30s").out
    assert "today" in text
    assert "timeout 30s" in text


WRONG = [
    (["session", str(uuid5(ALICE, "never"))], "no session was ever announced"),
    (["session", "the-first"], "UUID"),
    (["sessions", "alice"], "UUID"),
    (["sessions", "--since", "yesterday"], "ISO 8601"),
    (["sessions", "--until", "2026-13-01"], "ISO 8601"),
    (["timeout", "10"], "duration"),
    (["timeout", "0s"], "timeout"),
    (["timeout", "366d"], "365 days"),
    (["what-if", "--timeout", "ten"], "duration"),
    (["what-if", "--timeout", "0m"], "timeout"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG)
def test_wrong_use_is_told_in_one_line(on_sqlite: Program, arguments: list[str], told: str) -> None:
    outcome = on_sqlite(arguments[0], *arguments[1:])
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.err.strip().splitlines()) == 1
    assert told in outcome.err


@pytest.mark.parametrize(
    "line", ["session", "what-if", "sessions --limit 0", "sessions --limit 99999999999999999999", "timeout 1h 2h"]
)
def test_a_command_line_that_makes_no_sense_is_wrong_use(sqlite_url: str, line: str) -> None:
    outcome = run(*line.split(), "--database", sqlite_url)
    assert (outcome.status, outcome.out) == (2, "")
    assert "Traceback" not in outcome.err
