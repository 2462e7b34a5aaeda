"""Commands on customers: profile, timeline, visits, sessions, profiles."""

from __future__ import annotations

import pytest

import footfall
from tests.contracts.support import ALICE, BOB, CAROL, visit
from tests.end_to_end.cli.program import Program


@pytest.fixture
def filled(program: Program, events: str) -> Program:
    """The program on a store with four visits."""
    assert program("ingest", events).status == 0
    return program


def test_profile_shows_a_customer_now_and_as_of_a_moment(filled: Program) -> None:
    now = filled.document("profile", str(ALICE))
    assert (now["uuid"], now["counts"], now["events"], now["sessions"]) == (str(ALICE), {"page.visit": 3}, 3, 2)
    assert (now["first_seen"], now["last_seen"]) == ("2026-01-01T12:00:00.000000Z", "2026-01-01T13:40:00.000000Z")
    assert (now["identifiers"], now["attributes"], now["current_session"]) == ({"uuid": str(ALICE)}, {}, None)
    past = filled.document("profile", str(ALICE), "--as-of", "2026-01-01T12:00:30Z")
    assert (past["counts"], past["current_session"]["activities"]) == ({"page.visit": 1}, 1)
    before = filled.document("profile", str(ALICE), "--as-of", "2025-12-31")
    assert (before["events"], before["first_seen"]) == (0, None)
    assert "page.visit" in filled("profile", str(ALICE)).out


def test_profile_of_nobody_is_empty(on_sqlite: Program) -> None:
    nobody = on_sqlite.document("profile", str(CAROL))
    assert (nobody["uuid"], nobody["events"], nobody["sessions"]) == (str(CAROL), 0, 0)


def test_who_reads_a_profile_hears_where_nothing_is_known(filled: Program) -> None:
    assert f"nothing is known of {CAROL}" in filled("profile", str(CAROL)).err
    assert "as of 2025-12-31" in filled("profile", str(ALICE), "--as-of", "2025-12-31", "--json").err
    assert filled("profile", str(ALICE)).err == ""


def test_of_a_customer_without_events_attributes_may_be_known(on_sqlite: Program, sqlite_url: str) -> None:
    with footfall.open(sqlite_url) as engine:
        engine.update(CAROL, {"email": "carol@shop.example"})
    assert on_sqlite("profile", str(CAROL)).err == ""


@pytest.mark.parametrize("command", ["visits", "timeline", "sessions"])
def test_a_long_list_is_cut_and_says_how_it_goes_on(on_sqlite: Program, sqlite_url: str, command: str) -> None:
    with footfall.open(sqlite_url) as engine:
        engine.track_many([visit(ALICE, 100 * minute) for minute in range(70)])
    first = on_sqlite(command, str(ALICE), "--json")
    (told,) = first.err.splitlines()
    cursor = told.partition("--after ")[2].partition(",")[0]
    behind = on_sqlite(command, str(ALICE), "--json", "--after", cursor, "--limit", "500")
    rows = [*first.document, *behind.document]
    assert (len(first.document), behind.err) == (50, "")
    assert rows == on_sqlite(command, str(ALICE), "--json", "--limit", "500").document


def test_timeline_shows_labels_and_defined_parameters_the_newest_first(filled: Program) -> None:
    entries = filled.document("timeline", str(ALICE))
    assert [entry["action"] for entry in entries].count("page.visit") == 3
    assert [entry["time"] for entry in entries] == sorted((entry["time"] for entry in entries), reverse=True)
    (first,) = (entry for entry in entries if entry["label"] == "Visited page Mugs")
    assert first["params"] == {"url": "/a", "title": "Mugs"}
    assert {"time", "action", "label", "params", "event_id", "received_at", "claimed_time", "cursor"} == set(first)
    assert "Visited page Mugs" in filled("timeline", str(ALICE)).out


def test_timeline_shows_all_parameters_when_asked_and_no_more_than_the_limit(filled: Program) -> None:
    entries = filled.document("timeline", str(ALICE), "--raw")
    assert any(entry["params"].get("colour") == "red" for entry in entries)
    assert len(filled.document("timeline", str(ALICE), "--limit", "2")) == 2
    assert "red" in filled("timeline", str(ALICE), "--raw").out
    assert "red" not in filled("timeline", str(ALICE)).out


def test_visits_show_the_pages_around(filled: Program) -> None:
    rows = filled.document("visits", str(ALICE))
    assert [(row["url"], row["previous_url"], row["next_url"], row["seconds_until_next"]) for row in rows] == [
        ("/a", "/b", None, None),
        ("/b", "/a", "/a", 5940.0),
        ("/a", None, "/b", 60.0),
    ]
    assert rows[1]["session_id"] == rows[2]["session_id"] != rows[0]["session_id"]
    assert len(filled.document("visits", str(ALICE), "--limit", "1")) == 1
    assert "/b" in filled("visits", str(ALICE)).out


def test_sessions_show_a_customers_sessions(filled: Program) -> None:
    newest, oldest = filled.document("sessions", str(ALICE))
    assert (oldest["activities"], oldest["entry_url"], oldest["exit_url"], oldest["state"]) == (2, "/a", "/b", "ended")
    assert (newest["activities"], newest["deadline"]) == (1, "2026-01-01T14:10:00.000000Z")
    assert len(filled.document("sessions", str(ALICE), "--limit", "1")) == 1
    assert "ended" in filled("sessions", str(ALICE)).out


def test_profiles_are_listed_and_found_by_attributes(filled: Program, database_url: str) -> None:
    with footfall.open(database_url) as engine:
        engine.update(ALICE, {"plan": "gold", "visits": 3})
        engine.update(BOB, {"plan": "gold", "visits": 4})
    assert [row["uuid"] for row in filled.document("profiles")] == [str(ALICE), str(BOB)]
    assert len(filled.document("profiles", "--limit", "1")) == 1
    assert [row["uuid"] for row in filled.document("profiles", "--where", "visits=4")] == [str(BOB)]
    assert len(filled.document("profiles", "--where", "plan=gold")) == 2
    assert filled.document("profiles", "--where", "plan=gold", "--where", "visits=5") == []
    assert str(ALICE) in filled("profiles").out


def test_profiles_are_found_by_conditions(filled: Program, database_url: str) -> None:
    with footfall.open(database_url) as engine:
        engine.update(ALICE, {"zip": 12345, "born": "1999-12-31", "age": 30})
        engine.update(BOB, {"zip": "12345", "born": "2000-01-01"})
        engine.update(CAROL, {"zip": "12345 "})

    def found(*arguments: str) -> set[str]:
        return {row["uuid"] for row in filled.document("profiles", *arguments)}

    alice, bob, carol = str(ALICE), str(BOB), str(CAROL)
    assert found("--where", "zip=12345") == {alice, bob}
    assert found("--where", 'zip="12345"') == {bob}
    assert found("--where", "born<2000-01-01") == found("--where", "age") == {alice}
    assert found("--where", "!born") == {carol}
    assert found("--where", "age>=30", "--where", "age<31") == {alice}
    assert found("--where", "age>30") == found("--where", "zip>=12346") == set()
    assert found("--count", "page.visit>=3") == {alice}
    assert found("--count", "page.visit=0") == {carol}
    assert found("--seen-since", "2026-01-01T12:30Z") == {alice}
    assert found("--seen-until", "2026-01-01T12:30Z") == {bob}


@pytest.mark.parametrize("command", [["timeline", str(ALICE)], ["visits", str(ALICE)], ["sessions"], ["profiles"]])
def test_a_list_goes_on_behind_any_row(filled: Program, command: list[str]) -> None:
    whole = filled.document(*command)
    assert len(whole) > 1
    for number, row in enumerate(whole):
        assert [one["cursor"] for one in filled.document(*command, "--after", row["cursor"])] == [
            one["cursor"] for one in whole[number + 1 :]
        ]
    outcome = filled(*command, "--after", "start")
    assert (outcome.status, outcome.out) == (2, "")
    assert "cursor" in outcome.err


def test_a_timeline_is_shown_of_a_span(filled: Program) -> None:
    entries = filled.document("timeline", str(ALICE), "--since", "2026-01-01T12:00:30Z", "--until", "2026-01-01T13:40Z")
    assert [entry["time"] for entry in entries if entry["action"] == "page.visit"] == ["2026-01-01T12:01:00.000000Z"]


@pytest.mark.parametrize("command", ["profile", "timeline", "visits", "sessions"])
def test_a_customer_is_named_by_a_uuid(on_sqlite: Program, command: str) -> None:
    outcome = on_sqlite(command, "alice")
    assert outcome.status == 2
    assert "alice" in outcome.err
    assert "UUID" in outcome.err
    assert outcome.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["profile", str(ALICE), "--as-of", "yesterday"],
        ["timeline", str(ALICE), "--limit", "0"],
        ["visits", str(ALICE), "--limit", "-1"],
        ["sessions", str(ALICE), "--limit", "many"],
        ["profiles", "--where", "=plan"],
        ["profiles", "--where", "plan>=true"],
        ["profiles", "--count", "page.visit>=often"],
        ["profiles", "--seen-since", "yesterday"],
        ["timeline", str(ALICE), "--until", "yesterday"],
        ["visits"],
    ],
)
def test_an_argument_that_makes_no_sense_is_wrong_use(on_sqlite: Program, arguments: list[str]) -> None:
    outcome = on_sqlite(arguments[0], *arguments[1:])
    assert outcome.status == 2
    assert outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("mistaken", ["plan!=gold", "plan==gold", "plan=>1", "plan=<1", "plan<>1", "age>=", "age<"])
def test_signs_of_other_languages_are_told_and_not_searched_for(on_sqlite: Program, mistaken: str) -> None:
    outcome = on_sqlite("profiles", "--where", mistaken)
    assert outcome.status == 2
    assert "NAME>=VALUE" in " ".join(outcome.err.split())
