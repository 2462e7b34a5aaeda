"""Pages of other origins: those of a key's list may send and read the answers, errors too; no others."""

from __future__ import annotations

from typing import Any

import pytest

import footfall
from footfall.doors.http.routes import ROUTES
from tests.contracts.support import ALICE
from tests.doors.http.client import Answered, Client
from tests.doors.http.conftest import SHOP, Keys

VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}}
ASKS: dict[str, Any] = {
    "access_control_request_method": "POST",
    "access_control_request_headers": "authorization,content-type",
}
OPEN = [route.template for route in ROUTES if route.is_open]
STRANGERS = [
    "https://evil.example",
    "null",
    "",
    "http://shop.example",
    "https://shop.example.evil.example",
    "https://shop.example:8443",
    "https://www.shop.example",
    "HTTPS://SHOP.EXAMPLE",
    "https://shop.example/",
]


def allowed(answer: Answered) -> Any:
    return answer.headers.get("access-control-allow-origin")


@pytest.mark.parametrize("path", OPEN)
def test_a_page_of_the_list_may_ask_whether_it_may_send(browser: Client, anybody: Client, path: str) -> None:
    assert browser.post(path, VISIT).status == 200  # so that the key is there
    answer = anybody.ask("OPTIONS", path, origin=SHOP, **ASKS)
    assert (answer.status, answer.body, allowed(answer)) == (204, b"", SHOP)
    assert answer.headers["access-control-allow-methods"] == "POST"
    names = set(answer.headers["access-control-allow-headers"].split(", "))
    assert names >= {"content-type", "authorization", "footfall-key"}
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize("origin", STRANGERS)
def test_no_other_page_may(anybody: Client, keys: Keys, in_memory: footfall.Engine, origin: str) -> None:
    asked = anybody.ask("OPTIONS", "/v1/events", origin=origin, **ASKS)
    assert (asked.status, asked.code, allowed(asked)) == (403, "origin_not_allowed", None)
    sent = anybody.post("/v1/events", VISIT, origin=origin, footfall_key=keys.public)
    assert (sent.status, sent.code, allowed(sent)) == (403, "origin_not_allowed", None)
    assert sent.headers["vary"] == "Origin"
    assert in_memory.stats().events == 0


def test_a_page_of_another_key_s_list_reads_its_refusal_and_no_more(
    anybody: Client, keys: Keys, in_memory: footfall.Engine
) -> None:
    other = "https://other.example"
    in_memory.create_key("other", origins=[other])
    answer = anybody.post("/v1/events", VISIT, origin=other, footfall_key=keys.public)
    assert (answer.status, answer.code, allowed(answer)) == (403, "origin_not_allowed", other)


def test_what_an_app_sends_without_an_origin_is_taken(anybody: Client, keys: Keys) -> None:
    answer = anybody.post("/v1/events", VISIT, footfall_key=keys.public)
    assert (answer.statuses, allowed(answer)) == (["accepted"], None)


def test_errors_can_be_read_by_the_page(browser: Client) -> None:
    faults: list[tuple[dict[str, Any], int]] = [
        ({"body": b"{"}, 400),
        ({"body": VISIT, "footfall_key": "pk_none"}, 401),
        ({"body": VISIT, "content_type": "image/png"}, 415),
        ({"body": VISIT, "content_length": "99999999"}, 413),
    ]
    for fault, status in faults:
        answer = browser.ask("POST", "/v1/events", **fault)
        assert (answer.status, allowed(answer)) == (status, SHOP), fault
        assert answer.headers["access-control-expose-headers"] == "retry-after"
    wrong = browser.ask("PUT", "/v1/events", VISIT)
    assert (wrong.status, wrong.headers["allow"], allowed(wrong)) == (405, "POST", SHOP)


def test_nothing_allows_cookies(browser: Client) -> None:
    for answer in (browser.post("/v1/events", VISIT), browser.ask("OPTIONS", "/v1/events", **ASKS)):
        assert "access-control-allow-credentials" not in answer.headers


def test_what_is_for_backends_is_open_to_no_page(browser: Client, backend: Client) -> None:
    browser.post("/v1/events", VISIT)
    for path in ("/v1/profiles", f"/v1/customers/{ALICE}/profile", "/v1/definitions", "/v1/status"):
        assert backend.ask("OPTIONS", path, origin=SHOP, **ASKS).status == 405
        assert allowed(backend.get(path, origin=SHOP)) is None


def test_the_tracker_is_for_pages_of_any_origin(anybody: Client) -> None:
    answer = anybody.get("/footfall.js", origin="https://evil.example")
    assert (answer.status, allowed(answer)) == (200, "*")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_what_the_routes_are_may_be_read_by_pages_of_any_origin(anybody: Client) -> None:
    assert allowed(anybody.get("/openapi.json", origin="https://docs.example")) == "*"


def test_every_answer_has_the_headers_of_security(browser: Client, backend: Client, anybody: Client) -> None:
    for answer in (
        browser.post("/v1/events", VISIT),
        browser.post("/v1/events", b"{"),
        backend.get("/v1/status"),
        anybody.get("/healthz"),
        anybody.get("/none"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-type"] == "application/json"


def test_operators_are_told_once_of_pages_that_may_not_send(anybody: Client, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert anybody.ask("OPTIONS", OPEN[0], origin="http://127.0.0.1:3000", **ASKS).status == 403
    told = [record.getMessage() for record in caplog.records if record.name == "footfall.http"]
    assert len(told) == 1
    assert "'http://127.0.0.1:3000'" in told[0]
