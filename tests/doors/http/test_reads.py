"""What is read: the same documents as the command line's and the engine's, page by page to the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import footfall
from tests.contracts.support import ALICE, BOB, CAROL, OpenEngine, crowd, named, visit
from tests.doors.http.client import Client
from tests.doors.http.conftest import made
from tests.end_to_end.cli.program import Program

OF_ALICE = f"/v1/customers/{ALICE}"


def fill(engine: footfall.Engine) -> None:
    """Customers, attributes, an order and two refusals."""
    engine.track_many([*crowd(7), *(visit(ALICE, 100 * n, f"/{n}", colour="red") for n in range(5)), visit(BOB, 3)])
    engine.update(ALICE, {"plan": "gold", "age": 42})
    engine.update(CAROL, {"plan": "free"})
    engine.charge(ALICE, "1042", [{"sku": "tea"}])
    engine.track(BOB, "none.such")
    engine.track(BOB, "page.visit", {})


def backend_of(engine: footfall.Engine) -> Client:
    """A backend with a key of its own."""
    return Client(footfall.asgi(engine), {"authorization": f"Bearer {made(engine).server}"})


@pytest.fixture
def filled(engine_at: OpenEngine, sqlite_url: str) -> footfall.Engine:
    """A store in a file."""
    engine = engine_at(sqlite_url)
    fill(engine)
    return engine


@pytest.fixture
def client(filled: footfall.Engine) -> Client:
    """Its backend."""
    return backend_of(filled)


def pages(client: Client, path: str, limit: int) -> Iterator[list[dict[str, Any]]]:
    """Every page of a list."""
    asked, after = f"{path}{'&' if '?' in path else '?'}limit={limit}", ""
    while True:
        page = client.get(asked + after)
        assert page.status == 200, page
        if not page.document:
            return
        yield page.document
        after = f"&after={page.document[-1]['cursor']}"


ALIKE = {
    f"{OF_ALICE}/profile": ["profile", str(ALICE)],
    f"{OF_ALICE}/profile?as_of=2026-01-01T13:00:00Z": ["profile", str(ALICE), "--as-of", "2026-01-01T13:00:00Z"],
    f"{OF_ALICE}/profile?as_of=2026-01-01T14:00:00+01:00": ["profile", str(ALICE), "--as-of", "2026-01-01T13:00:00Z"],
    f"{OF_ALICE}/profile?as_of=2026-01-01%2014:00%2B01:00": ["profile", str(ALICE), "--as-of", "2026-01-01T13:00:00Z"],
    f"{OF_ALICE}/timeline?raw=true&limit=50": ["timeline", str(ALICE), "--raw"],
    f"{OF_ALICE}/timeline?since=2026-01-01T13:00:00Z&until=2026-01-01T17:00:00Z": [
        "timeline",
        str(ALICE),
        "--since",
        "2026-01-01T13:00:00Z",
        "--until",
        "2026-01-01T17:00:00Z",
    ],
    f"{OF_ALICE}/visits?limit=2&fresh=true": ["visits", str(ALICE), "--limit", "2"],
    f"{OF_ALICE}/sessions?fresh=true": ["sessions", str(ALICE)],
    "/v1/sessions?limit=1000&fresh=true": ["sessions"],
    "/v1/sessions?open_only=true&fresh=true": ["sessions", "--open"],
    "/v1/profiles?where=plan%3Dgold&where=age%3E%3D18&fresh=true": [
        "profiles",
        "--where",
        "plan=gold",
        "--where",
        "age>=18",
    ],
    "/v1/profiles?where=%21plan&count=page.visit%3E%3D3&fresh=true": [
        "profiles",
        "--where",
        "!plan",
        "--count",
        "page.visit>=3",
    ],
    "/v1/definitions": ["definitions"],
    "/v1/rejections": ["rejected"],
    "/v1/rejections?reason=undefined_action": ["rejected", "--reason", "undefined_action"],
}
WALKED = (
    f"{OF_ALICE}/timeline",
    f"{OF_ALICE}/visits",
    f"{OF_ALICE}/sessions",
    "/v1/sessions",
    "/v1/profiles",
    "/v1/profiles?where=plan",
    "/v1/rejections",
)


def test_the_documents_are_those_of_the_command_line(
    engine: footfall.Engine,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill(engine)
    client, program = backend_of(engine), Program(database_url, monkeypatch, capsys)
    for path, command in ALIKE.items():
        assert client.get(path).document == program.document(*command), path
    assert set(client.get("/v1/status").document) == set(program.document("status"))


def test_a_list_is_walked_to_its_end(engine: footfall.Engine) -> None:
    fill(engine)
    client = backend_of(engine)
    engine.catch_up()
    for path in WALKED:
        whole = [row for page in pages(client, path, 1_000) for row in page]
        assert len(whole) > 1
        for limit in (1, 2, 5):
            walked = list(pages(client, path, limit))
            assert [without_cursor(row) for page in walked for row in page] == [without_cursor(row) for row in whole]
            assert all(len(page) == limit for page in walked[:-1])


def without_cursor(row: dict[str, Any]) -> dict[str, Any]:
    """A row without how far its walk has come."""
    return {name: value for name, value in row.items() if name != "cursor"}


def test_no_more_than_a_hundred_rows_come_unless_it_is_said(client: Client, filled: footfall.Engine) -> None:
    filled.track_many([visit(named(f"other {number}"), number) for number in range(150)])
    assert len(client.get("/v1/profiles?fresh=true").document) == 100
    assert len(client.get("/v1/profiles?fresh=true&limit=1000").document) > 150


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v1/profiles?limit=0", "limit"),
        ("/v1/profiles?limit=1001", "limit"),
        ("/v1/profiles?limit=ten", "limit"),
        ("/v1/profiles?limit=%D9%A1", "limit"),
        ("/v1/profiles?limit=5&limit=6", "limit"),
        ("/v1/profiles?since=yesterday", "since"),
        ("/v1/profiles?where=plan%3D%3Dgold", "where"),
        ("/v1/profiles?count=page.visit%3E%3Doften", "page.visit"),
        ("/v1/profiles?fresh=1", "fresh"),
        ("/v1/profiles?seen=1", "there is no parameter 'seen' here; it takes where, count"),
        (f"{OF_ALICE}/profile?as_of=x", "as_of"),
        (f"{OF_ALICE}/timeline?raw=yes", "raw"),
        ("/v1/customers/alice/profile", "a customer is named by a UUID, not 'alice'"),
        ("/v1/rejections?reason=bad", "conflict"),
        ("/v1/status?fresh=true", "fresh"),
    ],
)
def test_what_cannot_be_asked_is_told(client: Client, path: str, said: str) -> None:
    answer = client.get(path)
    assert (answer.status, set(answer.document)) == (400, {"code", "message", "detail"})
    assert said in answer.document["message"]


def test_a_cursor_of_nothing_leads_nowhere(client: Client) -> None:
    of_profiles = client.get("/v1/profiles").document[0]["cursor"]
    for path in WALKED:
        for cursor in ("nope", "", "x" * 5_000, of_profiles if "profiles" not in path else "timeline1.x"):
            answer = client.get(f"{path}{'&' if '?' in path else '?'}after={cursor}")
            assert (answer.status, answer.code) == (404, "unknown_cursor")


def test_somebody_unknown_has_an_empty_profile(client: Client) -> None:
    nobody = named("nobody")
    assert client.get(f"/v1/customers/{nobody}/profile").document["version"] == 0
    assert client.get(f"/v1/customers/{nobody}/timeline").document == []


def test_an_action_is_defined_changed_and_taken_out(client: Client, filled: footfall.Engine) -> None:
    path = "/v1/definitions/entries.count"
    assert (client.get(path).status, client.get(path).code) == (404, "undefined_action")
    wanted = {
        "label": "Counted {{n}}",
        "parameters": {"n": {"type": "integer", "required": True}},
        "access": "anonymous",
    }
    defined = client.ask("PUT", path, wanted)
    assert defined.document == client.get(path).document == footfall.document(filled.definitions()["entries.count"])
    assert defined.document["parameters"] == {"n": {"type": "integer", "required": True}}
    changed = client.ask("PUT", path, {"description": "How many."}).document
    assert changed == defined.document | {"description": "How many."}
    before = client.get("/v1/definitions?as_of=2026-01-01T00:00:00Z").document
    assert "entries.count" not in {one["action"] for one in before}
    assert client.ask("DELETE", path).document == {"action": "entries.count", "defined": False}
    assert client.get(path).status == 404


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("x", {}, 400, "invalid_action"),
        ("some.thing", [], 400, "invalid_definition"),
        ("some.thing", {"labels": "x"}, 400, "invalid_definition"),
        ("some.thing", {"access": "everybody"}, 400, "invalid_definition"),
        ("some.thing", {"label": "x\0"}, 400, "invalid_definition"),
        ("some.thing", b'{"label": "\\ud800"}', 400, "invalid_definition"),
        ("some.thing", {"parameters": {"n": {"type": "text"}}}, 400, "invalid_definition"),
        ("session.start", {"access": "anonymous"}, 409, "invalid_definition"),
        ("page.visit", {"parameters": {"url": {"type": "integer"}}}, 409, "invalid_definition"),
    ],
)
def test_a_definition_that_cannot_be_is_refused(client: Client, action: str, body: Any, status: int, code: str) -> None:
    answer = client.ask("PUT", f"/v1/definitions/{action}", body)
    assert (answer.status, answer.code) == (status, code)


def test_what_is_built_in_cannot_be_taken_out(client: Client) -> None:
    assert client.ask("DELETE", "/v1/definitions/page.visit").status == 409
    assert client.ask("DELETE", "/v1/definitions/x").status == 400


def test_what_was_refused_is_handed_in_again(client: Client, filled: footfall.Engine) -> None:
    def again(reason: str = "") -> dict[str, Any]:
        told = client.post(f"/v1/rejections/redrive{reason}").document
        assert (told.pop("duplicate"), told.pop("healed"), told.pop("still_parked")) == (0, 0, 0)
        return dict(told)

    unchanged = {"undefined_action": 1, "missing_parameter": 1}
    assert again() == {"accepted": 0, "rejected": 2, "reasons": unchanged}
    client.ask("PUT", "/v1/definitions/none.such", {})
    assert again("?reason=missing_parameter") == {"accepted": 0, "rejected": 1, "reasons": {"missing_parameter": 1}}
    assert again() == {"accepted": 1, "rejected": 1, "reasons": {"missing_parameter": 1}}
    assert filled.profile(BOB).counts["none.such"] == 1


def test_health_and_readiness(client: Client) -> None:
    assert client.get("/healthz").document == {"status": "ok"}
    assert client.get("/readyz").document == {"status": "ready"}


def test_answers_are_json_that_says_so(client: Client) -> None:
    answer = client.get("/v1/profiles")
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert json.loads(answer.body) == answer.document
