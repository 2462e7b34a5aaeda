"""The OpenAPI document is true: a program that believes every word of it, and one that believes none, find no fault."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

import footfall
from footfall.application.ingest.submissions import Attributes, Event, Order
from footfall.doors.http.routes import ROUTES
from tests.contracts.support import OpenEngine
from tests.doors.http.client import Client
from tests.doors.http.conftest import made
from tests.doors.http.serving import ROOT, served

CASES, CASES_AT_FULL_LENGTH = 5, 600
"""For each operation and phase."""


class Server(NamedTuple):
    """A server on a store, and a key for everything."""

    url: str
    key: str


@pytest.fixture
def server(engine_at: OpenEngine, sqlite_url: str) -> Iterator[Server]:
    """The door on a real server."""
    key = made(engine_at(sqlite_url)).server
    with served("uvicorn", sqlite_url) as url:
        yield Server(url, key)


def test_schemathesis_finds_nothing(server: Server, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    cases = CASES_AT_FULL_LENGTH if pytestconfig.getoption("full_length") else CASES
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml")]
    wanted = ["run", f"{server.url}/openapi.json", "--checks", "all", "--header", f"Authorization: Bearer {server.key}"]
    options = ["--seed", "7", "--max-examples", str(cases), "--no-color", "--generation-database", "none"]
    done = subprocess.run([*program, *wanted, *options], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert found is not None, done.stdout
    assert int(found[1]) == int(found[2]) > 500


def test_schemathesis_would_find_something(server: Server, tmp_path: Path) -> None:
    """The control: a document that is wrong about one field."""
    document = httpx.get(f"{server.url}/openapi.json").json()
    document["paths"] = {"/v1/status": document["paths"]["/v1/status"]}
    document["components"]["schemas"]["StoreStatus"]["properties"]["log_head"] = {"type": "string"}
    file = tmp_path / "openapi.json"
    file.write_text(httpx.Response(200, json=document).text)
    program = [sys.executable, "-m", "schemathesis.cli", "run", str(file), "--url", server.url, "--no-color"]
    headers = ["--header", f"Authorization: Bearer {server.key}", "--max-examples", "1"]
    done = subprocess.run([*program, *headers], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1, done.stdout
    assert "log_head" in done.stdout


def test_every_route_is_described(anybody: Client) -> None:
    document = anybody.get("/openapi.json").document
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == {(route.method, route.template) for route in ROUTES}


def test_each_operation_says_whom_it_is_for(anybody: Client) -> None:
    document = anybody.get("/openapi.json").document
    assert document["info"]["description"]
    for route in ROUTES:
        operation = document["paths"][route.template][route.method.lower()]
        assert len(operation["tags"]) == 1
        assert (f"scope `{route.scope}`" in operation["description"]) is (route.scope is not None)


@pytest.mark.parametrize(
    ("path", "kind"), [("/v1/events", Event), ("/v1/customers", Attributes), ("/v1/orders", Order)]
)
def test_what_is_handed_in_is_described_by_its_fields(anybody: Client, path: str, kind: type[msgspec.Struct]) -> None:
    body = anybody.get("/openapi.json").document["paths"][path]["post"]["requestBody"]
    single, several, envelope = body["content"]["application/json"]["schema"]["oneOf"]
    fields = msgspec.structs.fields(kind)
    assert list(single["properties"]) == list(several["items"]["properties"]) == [field.name for field in fields]
    for field in fields:
        assert ("Needed" in single["properties"][field.name]["description"]) is field.required
    assert several in envelope["properties"].values()


def test_every_reference_leads_somewhere(anybody: Client) -> None:
    document = anybody.get("/openapi.json").document
    for name in re.findall(r'"\$ref":"#/components/schemas/(\w+)"', anybody.get("/openapi.json").body.decode()):
        assert name in document["components"]["schemas"]


def test_it_says_where_it_is_mounted(anybody: Client) -> None:
    assert anybody.get("/openapi.json", root_path="/footfall").document["servers"] == [{"url": "/footfall"}]
    assert anybody.get("/openapi.json").document["servers"] == [{"url": "/"}]


def schema_of(client: Client, path: str, method: str = "get") -> Any:
    operation = client.get("/openapi.json").document["paths"][path][method]
    return operation["responses"]["200"]["content"]["application/json"]["schema"]


def test_it_is_made_once_for_each_place(anybody: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [anybody.get("/openapi.json", root_path=root).body for root in ("", "/footfall")]
    monkeypatch.setattr("footfall.doors.http.handlers.files.document_of", None)
    assert [anybody.get("/openapi.json", root_path=root).body for root in ("", "/footfall")] == before


def test_answers_are_described_by_their_names(anybody: Client) -> None:
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/ProfileRow"}}
    assert schema_of(anybody, "/v1/profiles") == rows
    assert schema_of(anybody, "/v1/events", "post") == {"$ref": "#/components/schemas/Results"}
    reasons = anybody.get("/openapi.json").document["components"]["schemas"]["Outcome"]["properties"]["reason"]["enum"]
    assert set(map(str, footfall.Reason)) < set(map(str, reasons))
