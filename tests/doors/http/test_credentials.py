"""Where a key and a token may stand, and what a key does not do."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

import footfall
from footfall.doors.http.routes import ROUTES
from tests.contracts.support import ALICE
from tests.doors.http.client import Client
from tests.doors.http.conftest import SHOP, Keys, token

VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}}
FORM = {"uuid": str(ALICE), "action": "form.submit", "params": {"formId": "newsletter", "name": "newsletter"}}
EVENTS = "/v1/events"


def basic(user: str, password: str = "") -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


def test_a_public_key_stands_in_a_header_the_query_or_the_body(anybody: Client, keys: Keys) -> None:
    page = anybody.with_headers(origin=SHOP)
    for answer in (
        page.post(EVENTS, VISIT, footfall_key=keys.public),
        page.post(f"{EVENTS}?key={keys.public}", VISIT),
        page.post(EVENTS, {"key": keys.public, "events": [VISIT]}),
        page.post(EVENTS, VISIT, authorization=basic(keys.public)),
        page.post(f"{EVENTS}?key={keys.public}", {"key": keys.public, "events": [VISIT]}, footfall_key=keys.public),
    ):
        assert answer.statuses == ["accepted"]


def test_a_server_key_stands_in_the_authorization(anybody: Client, keys: Keys) -> None:
    for authorization in (
        f"Bearer {keys.server}",
        f"bearer  {keys.server} ",
        basic(keys.server),
        basic(keys.server, "x"),
    ):
        assert anybody.post(EVENTS, VISIT, authorization=authorization).statuses == ["accepted"]


@pytest.mark.usefixtures("trusting")
def test_a_token_stands_in_the_authorization_or_the_body(anybody: Client, keys: Keys) -> None:
    jwt, page = token(ALICE), anybody.with_headers(origin=SHOP)
    assert page.post(EVENTS, FORM, footfall_key=keys.public).statuses == ["rejected access_denied"]
    for answer in (
        page.post(EVENTS, FORM, footfall_key=keys.public, authorization=f"Bearer {jwt}"),
        page.post(EVENTS, {"events": [FORM], "key": keys.public, "token": jwt}),
        page.post(EVENTS, {"events": [FORM], "token": jwt}, footfall_key=keys.public),
        page.post(f"{EVENTS}?key={keys.public}", {"events": [FORM]}, authorization=f"Bearer {jwt}"),
    ):
        assert answer.statuses == ["accepted"]


@pytest.mark.usefixtures("trusting")
def test_two_that_differ_are_refused_whichever_is_good(anybody: Client, keys: Keys, in_memory: footfall.Engine) -> None:
    page = anybody.with_headers(origin=SHOP, footfall_key=keys.public)
    for answer in (
        page.post(f"{EVENTS}?key=pk_other", VISIT),
        page.post(f"{EVENTS}?key={keys.public}&key=pk_other", VISIT),
        page.post(EVENTS, {"key": "pk_other", "events": [VISIT]}),
        page.post(EVENTS, VISIT, authorization=f"Bearer {keys.server}"),
        page.post(
            EVENTS, {"token": token(ALICE), "events": [FORM]}, authorization=f"Bearer {token(ALICE, recognised=True)}"
        ),
    ):
        assert (answer.status, answer.code) in [(401, "ambiguous_credentials"), (400, "invalid_argument")]
    assert in_memory.stats().events == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"footfall_key": "pk_unknown"},
        {"footfall_key": ""},
        {"authorization": "Bearer sk_unknown"},
        {"authorization": "Bearer"},
        {"authorization": "Digest x"},
        {"authorization": "Basic !!!"},
        {"authorization": basic("")},
        {"authorization": f"Bearer sk_{'x' * 300}"},
        {"authorization": f"Bearer {'x' * 9_000}"},
        {"authorization": "Bearer sk_\xe9"},
    ],
)
def test_without_a_good_key_nothing_is_let_in(
    anybody: Client, keys: Keys, headers: dict[str, str], in_memory: Any
) -> None:
    del keys
    for answer in (anybody.post(EVENTS, VISIT, **headers), anybody.get("/v1/profiles", **headers)):
        assert answer.status == 401
        assert set(answer.document) == {"code", "message", "detail"}
        assert answer.headers["www-authenticate"] == "Bearer"
    assert in_memory.stats().events == 0


def test_a_bad_key_is_refused_before_the_body_is_read(anybody: Client, keys: Keys) -> None:
    del keys
    assert anybody.post(EVENTS, VISIT, footfall_key="pk_unknown").status == 401
    assert anybody.pieces_taken == 0


def test_a_server_key_in_a_url_is_refused_and_not_repeated(anybody: Client, keys: Keys) -> None:
    answer = anybody.post(f"{EVENTS}?key={keys.server}", VISIT)
    assert (answer.status, answer.code) == (400, "key_in_url")
    assert keys.server not in answer.body.decode()


@pytest.mark.parametrize("path", ["/v1/profiles?key=", "/healthz?api_key=", f"{EVENTS}?x="])
def test_it_is_to_be_revoked_wherever_it_stood(anybody: Client, keys: Keys, path: str) -> None:
    answer = anybody.get(f"{path}{keys.server}")
    assert (answer.status, answer.code) == (400, "key_in_url")
    assert "revoke it" in answer.document["message"]


def test_who_sends_a_token_alone_is_told_that_a_key_belongs_to_it(anybody: Client) -> None:
    answer = anybody.post(EVENTS, VISIT, authorization="Bearer a.b.c")
    assert (answer.status, answer.code) == (401, "no_key")
    assert "beside the token" in answer.document["message"]


def test_a_public_key_only_hands_in(browser: Client) -> None:
    for route in ROUTES:
        if route.scope is not None:
            answer = browser.ask(route.method, route.template.format(uuid=ALICE, action="some.thing"), {})
            assert (answer.status, answer.code) == (403, "server_key_needed"), route


@pytest.mark.parametrize("scope", ["write", "read", "admin"])
def test_a_server_key_does_what_its_scope_says_and_no_more(anybody: Client, keys: Keys, scope: str) -> None:
    client = anybody.with_headers(authorization=f"Bearer {getattr(keys, scope)}")
    for route in ROUTES:
        needed = "write" if route.is_open else route.scope
        if needed is None or route.answer == "text/event-stream":
            continue
        answer = client.ask(route.method, route.template.format(uuid=ALICE, action="some.thing"), {})
        assert (answer.status == 403) == (needed != scope), (route, answer)
        if needed != scope:
            assert (answer.code, needed in answer.document["message"]) == ("scope_needed", True)


def test_what_needs_no_key_is_the_same_for_everybody(anybody: Client) -> None:
    open_to_all = {route.template for route in ROUTES if route.scope is None and not route.is_open}
    assert open_to_all == {"/healthz", "/readyz", "/openapi.json", "/footfall.js"}
    for path in open_to_all:
        assert anybody.get(path).status == 200


def test_a_revoked_key_is_refused_by_a_door_that_knew_it(browser: Client, in_memory: footfall.Engine) -> None:
    assert browser.post(EVENTS, VISIT).statuses == ["accepted"]
    in_memory.revoke_key("shop")
    browser.door.parts().admission._senders._read_at = float("-inf")  # a second later
    assert browser.post(EVENTS, VISIT).code == "unknown_key"


def test_the_cookie_is_found_in_whichever_line_it_comes(backend: Client, anybody: Client) -> None:
    cookie = backend.post("/v1/live/cookie").headers["set-cookie"].partition(";")[0]
    for lines in ([cookie, "theme=dark"], ["theme=dark", cookie], [f"theme=dark; {cookie}", "lang=de"]):
        assert anybody.ask("HEAD", "/v1/live", lines=[("cookie", line) for line in lines]).status == 200
    assert anybody.ask("HEAD", "/v1/live", lines=[("cookie", "theme=dark")]).status == 401


@pytest.mark.parametrize(("root_path", "path"), [("", ""), ("/footfall", "/footfall"), ("/č a;b", "/%C4%8D%20a%3Bb")])
def test_the_cookie_for_live_events_is_for_the_place_as_a_browser_writes_it(
    backend: Client, root_path: str, path: str
) -> None:
    cookie = backend.post("/v1/live/cookie", root_path=root_path).headers["set-cookie"]
    assert f"; Path={path}/v1/live; " in cookie
