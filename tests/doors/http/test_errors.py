"""What goes wrong behind the door: answers that say when to try again, and nothing secret in them or in a log."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import footfall
from footfall.doors.http.batcher import Batcher
from tests.contracts.support import ALICE, BOB, OpenEngine, execute
from tests.doors.http.client import Client
from tests.doors.http.conftest import Keys, made, token

VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}}
SECRET = "postgresql://user:hunter2@db.example/shop"  # noqa: S105
LATER: list[tuple[Exception, str, int]] = [
    (footfall.StoreBusy(SECRET), "store_busy", logging.WARNING),
    (footfall.StoreUnavailable(SECRET), "store_unavailable", logging.WARNING),
    (footfall.StoreFull(SECRET), "store_full", logging.ERROR),
    (footfall.StoreRefused(SECRET), "store_refused", logging.ERROR),
]


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Let whatever is handed in fail."""

    async def submit(*_: Any) -> Sequence[footfall.Result]:
        raise error

    monkeypatch.setattr(Batcher, "submit", submit)


@pytest.mark.parametrize(("error", "code", "level"), LATER, ids=[code for _, code, _ in LATER])
def test_what_may_pass_is_to_be_tried_again(
    browser: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    code: str,
    level: int,
) -> None:
    failing(monkeypatch, error)
    answer = browser.post("/v1/events", VISIT)
    assert (answer.status, answer.code) == (503, code)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["access-control-allow-origin"]
    assert "hunter2" not in answer.body.decode()
    assert [(one.name, one.levelno) for one in caplog.records] == [("footfall.http", level)]


def test_a_door_whose_engine_was_closed_says_so(browser: Client, in_memory: footfall.Engine) -> None:
    assert browser.post("/v1/events", VISIT).status == 200
    in_memory.close()
    answer = browser.post("/v1/events", VISIT)
    assert (answer.status, answer.code) == (503, "closing")


def test_what_nobody_thought_of_is_logged_and_not_told(
    browser: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing(monkeypatch, RuntimeError("hunter2"))
    answer = browser.post("/v1/events", VISIT)
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "hunter2" not in answer.body.decode()
    assert answer.headers["access-control-allow-origin"]
    (record,) = caplog.records
    assert (record.getMessage(), record.name) == ("POST /v1/events failed", "footfall.http")
    assert record.exc_info is not None


def test_a_store_that_is_gone_is_not_ready(engine_at: OpenEngine, sqlite_url: str) -> None:
    client = Client(footfall.asgi(engine_at(sqlite_url)))
    assert client.get("/readyz").status == 200
    Path(sqlite_url.removeprefix("sqlite:///")).unlink()
    answer = client.get("/readyz")
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "not_ready", "1")
    assert client.get("/healthz").status == 200


def test_no_log_has_the_row_that_a_store_refuses(
    engine_at: OpenEngine, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = engine_at(postgres_url)
    client = Client(footfall.asgi(engine), {"authorization": f"Bearer {made(engine).server}"})
    assert client.post("/v1/events", VISIT).statuses == ["accepted"]
    execute(postgres_url, "ALTER TABLE footfall.log ADD CONSTRAINT no_tea CHECK (topic <> 'activity') NOT VALID")
    assert client.post("/v1/events", VISIT).status == 503
    said = "\n".join(caplog.handler.format(record) for record in caplog.records)
    assert 'violates check constraint "no_tea"' in said
    assert "Failing row" not in said
    assert str(ALICE) not in said


@pytest.mark.usefixtures("trusting")
def test_no_log_has_a_key_a_token_or_what_was_sent(
    browser: Client,
    backend: Client,
    keys: Keys,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    jwt = token(ALICE)
    secrets = [keys.server, keys.public, jwt, jwt[:-4], "sk_unknown", "tea-and-biscuits", "198.51.100.77"]

    def everything() -> None:
        body = VISIT | {"params": {"url": "/tea-and-biscuits"}}
        for client in (browser, backend):
            for path in ("/v1/events", f"/v1/events?key={keys.public}", f"/v1/events?key={keys.server}"):
                client.post(path, body, address="198.51.100.77")
                client.post(path, {"token": jwt, "events": [body]})
                client.post(path, {"token": jwt[:-4], "key": "sk_unknown", "events": [body]})
                client.post(path, b"tea-and-biscuits")
            client.get(f"/v1/customers/{BOB}/profile?tea-and-biscuits=1")

    everything()
    failing(monkeypatch, footfall.StoreBusy("locked"))
    everything()
    assert caplog.records
    said = "\n".join(caplog.handler.format(record) for record in caplog.records)
    assert [secret for secret in secrets if secret in said] == []


def test_answers_are_counted_by_route_and_not_by_what_a_client_makes_up(browser: Client, backend: Client) -> None:
    for path in ("/v1/events", "/v1/nothing", "/v1/else"):
        browser.post(path, VISIT)
    backend.get(f"/v1/customers/{ALICE}/profile")
    browser.ask("BREW", "/v1/events")
    tally = browser.door.parts().tally
    assert tally.answers == {
        ("POST", "/v1/events", 200): 1,
        ("other", "other", 404): 2,
        ("GET", "/v1/customers/{uuid}/profile", 200): 1,
        ("other", "other", 405): 1,
    }
    assert tally.refusals == {"not_found": 2, "method_not_allowed": 1}
