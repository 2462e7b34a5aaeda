"""Commands on the catalogue: define, undefine, definitions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.cli.program import Program


def listed(program: Program, *arguments: str) -> dict[str, Any]:
    return {one["action"]: one for one in program.document("definitions", *arguments)}


def test_define_prints_the_definition_and_definitions_lists_it(program: Program) -> None:
    given = ["entries.count", "--label", "Counted {{entries}}", "--description", "A count of entries"]
    shape = ["--param", "entries:integer!", "--param", "place:string", "--access", "anonymous", "--no-session-activity"]
    defined = program.document("define", *given, *shape)
    assert defined == {
        "action": "entries.count",
        "label": "Counted {{entries}}",
        "description": "A count of entries",
        "parameters": {
            "entries": {"type": "integer", "required": True},
            "place": {"type": "string", "required": False},
        },
        "access": "anonymous",
        "session_activity": False,
        "built_in": False,
        "bots_in_sessions": False,
    }
    assert listed(program)["entries.count"] == defined
    assert "entries.count" in program("definitions").out


def test_define_tells_what_counts_as_session_activity(on_sqlite: Program) -> None:
    assert "by server, no session activity," in on_sqlite("define", "wish.share").out
    assert "by anonymous, no session activity," in on_sqlite("define", "wish.share", "--access", "anonymous").out
    assert "by anonymous, session activity," in on_sqlite("define", "wish.list", "--access", "anonymous").out


def test_define_changes_what_is_given_and_leaves_the_rest(on_sqlite: Program) -> None:
    on_sqlite("define", "entries.count", "--label", "Counted", "--param", "n:number", "--access", "anonymous")
    changed = on_sqlite.document("define", "entries.count", "--label", "Counted anew")
    assert (changed["label"], changed["access"], list(changed["parameters"])) == ("Counted anew", "anonymous", ["n"])
    assert changed["session_activity"] is True


def test_a_new_definition_is_for_the_server_and_no_session_activity(on_sqlite: Program) -> None:
    defined = on_sqlite.document("define", "entries.count")
    assert (defined["access"], defined["session_activity"], defined["label"]) == ("server", False, "entries.count")
    assert "entries.count" in on_sqlite("define", "entries.count").out


def test_definitions_begin_with_those_that_are_built_in(on_sqlite: Program) -> None:
    built_in = listed(on_sqlite)
    assert {"page.visit", "session.start", "session.end", "transaction.charge", "product.buy"} <= set(built_in)
    assert all(one["built_in"] for one in built_in.values())
    assert built_in["page.visit"]["parameters"]["url"] == {"type": "string", "required": True}


def test_whether_bots_count_is_defined_and_listed(on_sqlite: Program) -> None:
    assert on_sqlite.document("define", "page.visit", "--bots-in-sessions")["bots_in_sessions"] is True
    assert listed(on_sqlite)["page.visit"]["bots_in_sessions"] is True
    assert "without bots" in on_sqlite("definitions").out
    assert on_sqlite.document("define", "page.visit", "--no-bots-in-sessions")["bots_in_sessions"] is False


def test_definitions_are_listed_as_they_stood(on_sqlite: Program) -> None:
    on_sqlite("define", "entries.count")
    assert "entries.count" not in listed(on_sqlite, "--as-of", "2020-01-01T00:00:00Z")
    assert "entries.count" in listed(on_sqlite, "--as-of", "2999-01-01")


def test_undefine_takes_a_definition_out(program: Program) -> None:
    program("define", "entries.count")
    assert program("undefine", "entries.count").status == 0
    assert "entries.count" not in listed(program)
    assert program.document("undefine", "entries.count") == {"action": "entries.count", "defined": False}
    assert "was not defined" in program("undefine", "entries.count").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nodot"], "context.activity"),
        (["a.b\n"], "context.activity"),
        (["a." + "b" * 31], "context.activity"),
        (["entries.count", "--param", "n"], "NAME:TYPE"),
        (["entries.count", "--param", "n:whatever"], "type"),
        (["entries.count", "--param", ":integer"], "at least 1"),
        (["entries.count", "--access", "everybody"], "everybody"),
        (["page.visit", "--param", "url:integer"], "built in"),
        (["session.start", "--access", "anonymous"], "written by the engine"),
        (["transaction.charge", "--session-activity"], "written by the engine"),
    ],
)
def test_a_definition_that_breaks_a_rule_is_wrong_use(on_sqlite: Program, arguments: list[str], told: str) -> None:
    outcome = on_sqlite("define", *arguments)
    assert outcome.status == 2
    assert told in " ".join(outcome.err.split())
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_a_built_in_definition_stays(on_sqlite: Program) -> None:
    outcome = on_sqlite("undefine", "page.visit")
    assert outcome.status == 2
    assert "built in" in outcome.err
