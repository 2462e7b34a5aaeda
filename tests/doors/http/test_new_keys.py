"""Keys that came while the door is open are looked for aside, and when they are first used."""

from __future__ import annotations

import threading
from typing import Any

import pytest

import footfall
from footfall.domain.trusted import Trusted
from footfall.doors.http import admission
from footfall.doors.http.app import Door
from footfall.doors.http.senders import senders
from tests.contracts.support import ALICE
from tests.doors.http.client import Client
from tests.doors.http.conftest import SHOP

VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}}


class Reading:
    """Which threads have read keys and issuers."""

    def __init__(self, engine: footfall.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.threads: list[int] = []
        read = engine.trusted

        def trusted() -> Trusted:
            self.threads.append(threading.get_ident())
            return read()

        monkeypatch.setattr(engine, "trusted", trusted)


def test_the_event_loop_reads_nothing_however_long_it_takes(
    in_memory: footfall.Engine, backend: Client, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading(in_memory, monkeypatch)
    monkeypatch.setattr(senders, "SECONDS_BETWEEN", 0.0)  # what was read is old when the reading is done
    assert backend.get("/v1/status").status == 200
    assert browser.post("/v1/events", VISIT).statuses == ["accepted"]
    assert backend.with_headers(authorization="Bearer sk_none").get("/v1/status").status == 401
    assert len(reading.threads) >= 4
    assert threading.get_ident() not in reading.threads


def test_a_new_key_is_let_in_at_once(in_memory: footfall.Engine, backend: Client, anybody: Client) -> None:
    assert backend.get("/v1/status").status == 200
    new = in_memory.create_server_key("new").key
    assert anybody.get("/v1/status", authorization=f"Bearer {new}").status == 200


def test_a_new_key_is_let_in_at_once_under_wsgi(in_memory: footfall.Engine) -> None:
    door = footfall.wsgi(in_memory)

    def status(key: str) -> str:
        told: list[str] = []
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/v1/status",
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "wsgi.url_scheme": "http",
        }
        door(environ, lambda status, _headers: told.append(status))
        return told[0]

    assert status(in_memory.create_server_key("old").key) == "200 OK"
    assert status(in_memory.create_server_key("new").key) == "200 OK"


def test_strangers_do_not_keep_the_door_reading(
    door: Door, in_memory: footfall.Engine, anybody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "SECONDS_BETWEEN", 3_600.0)
    monkeypatch.setattr(admission, "AGAIN_SECONDS", 3_600.0)
    reading = Reading(in_memory, monkeypatch)
    for number in range(10):
        assert anybody.post("/v1/events", VISIT, footfall_key=f"pk_{number}", origin=SHOP).code == "unknown_key"
    assert len(reading.threads) == 2
    assert door.parts().tally.refusals["unknown_key"] == 10
