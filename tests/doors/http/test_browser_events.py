"""What the door tells of events that browsers send, and leaves alone of what others do."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

import footfall
from footfall.domain.builtin import BUILT_IN
from footfall.domain.catalogue import stream_id
from footfall.domain.definition import Parameter, ParameterType
from footfall.domain.events import ActionDefined, Recorded
from footfall.doors.http.app import asgi
from footfall.doors.http.page_fact_settings import AddressForm, PageFactSettings
from tests.contracts.support import ALICE, NOON, OpenEngine, named, parts_of
from tests.doors.http.test_page_facts import FIREFOX, GOOGLEBOT

SHOP = "https://shop.example"
SHOWN = {"url": f"{SHOP}/tea?utm_source=mail", "bot": False}
VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": SHOWN}


@pytest.fixture
def engine(engine_at: OpenEngine, sqlite_url: str) -> footfall.Engine:
    return engine_at(sqlite_url)


def send(engine: footfall.Engine, headers: Mapping[str, str], *events: Any, **settings: Any) -> list[dict[str, Any]]:
    """Hand events to a door on an engine; its results."""

    async def request() -> Any:
        door = asgi(engine, **settings)
        transport = httpx.ASGITransport(door, client=("203.0.113.9", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://door.example") as client:
            answer = await client.post("/v1/events", json=list(events), headers=dict(headers))
        await door.close()
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]

    results: list[dict[str, Any]] = asyncio.run(request())
    return results


def browser(engine: footfall.Engine, agent: str = FIREFOX) -> dict[str, str]:
    """The headers of a page of the shop."""
    key = engine.create_key("shop", origins=[SHOP]).key
    return {"footfall-key": key, "origin": SHOP, "user-agent": agent, "accept-language": "de-AT,de;q=0.9"}


def params(engine: footfall.Engine) -> dict[str, Any]:
    """What is stored of Alice's only event."""
    (shown,) = [entry.params for entry in engine.timeline(ALICE, raw=True) if not entry.action.startswith("session.")]
    return shown


def test_a_page_visit_of_a_browser_is_told(engine: footfall.Engine) -> None:
    assert send(engine, browser(engine), VISIT)[0]["status"] == "accepted"
    told = {"browser": "Firefox", "device": "desktop", "language": "de-AT", "utmSource": "mail"}
    assert params(engine) == {"url": SHOWN["url"], **told}
    assert len(engine.sessions(ALICE)) == 1


def test_a_bots_visit_is_kept_and_in_no_session(engine: footfall.Engine) -> None:
    click = {"uuid": str(ALICE), "action": "button.click", "params": {"text": "Sale"}}
    results = send(engine, browser(engine, GOOGLEBOT), VISIT, click)
    assert [result["status"] for result in results] == ["accepted", "accepted"]
    assert engine.profile(ALICE).counts == {"button.click": 1, "page.visit": 1}
    assert all(entry.params["bot"] is True for entry in engine.timeline(ALICE))
    assert engine.sessions(ALICE) == []


def test_the_address_is_kept_where_that_is_set(engine: footfall.Engine) -> None:
    send(engine, browser(engine), VISIT, page_facts=PageFactSettings(address=AddressForm.TRUNCATED))
    assert params(engine)["address"] == "203.0.113.0/24"


def test_what_an_app_or_the_backend_sends_is_left_as_it_is(engine: footfall.Engine) -> None:
    app = {name: value for name, value in browser(engine, "okhttp/4.12.0").items() if name != "origin"}
    send(engine, app, VISIT)
    assert params(engine) == SHOWN
    backend = {"authorization": f"Bearer {engine.create_server_key('backend').key}"}
    send(engine, {**backend, "origin": SHOP, "user-agent": GOOGLEBOT}, {**VISIT, "event_id": str(named("backend"))})
    assert engine.profile(ALICE).counts == {"page.visit": 2}
    assert all("browser" not in entry.params for entry in engine.timeline(ALICE, raw=True))


def test_facts_can_be_switched_off(engine: footfall.Engine) -> None:
    send(engine, browser(engine), VISIT, page_facts=PageFactSettings(facts=frozenset({"browser"})))
    assert params(engine).keys() == {"url", "bot", "browser"}


def test_a_store_that_defines_a_fact_otherwise_takes_visits_without_it(engine: footfall.Engine) -> None:
    visits = BUILT_IN["page.visit"]
    own = replace(visits, parameters={**visits.parameters, "language": Parameter(ParameterType.ARRAY)})
    parts_of(engine).log.define([Recorded(stream_id("page.visit"), 1, ActionDefined(NOON, own))])
    assert send(engine, browser(engine), VISIT)[0]["status"] == "accepted"
    assert params(engine)["browser"] == "Firefox"
    assert "language" not in params(engine)
