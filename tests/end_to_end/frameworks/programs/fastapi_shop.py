"""A shop on FastAPI: its routes return what the engine answers with, by an annotation, by `response_model`, or bare."""

from __future__ import annotations

import json
import socket
import sys
from http.client import HTTPConnection
from threading import Thread
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

import footfall
from tests.end_to_end.frameworks.programs.story import BEGAN, CUSTOMER, STRANGER, URL, told

engine = told(footfall.open(sys.argv[1]))
strict = footfall.open(sys.argv[1], on_rejection="raise")
app = FastAPI()


@app.get("/customers/{customer}")
def profile(customer: UUID) -> footfall.Profile:
    return engine.profile(customer)


@app.get("/customers/{customer}/sessions")
def sessions(customer: UUID) -> list[footfall.SessionRow]:
    return engine.sessions(customer, fresh=True)


@app.get("/customers/{customer}/visits", response_model=list[footfall.PageVisit])
def visits(customer: UUID) -> Any:
    return engine.page_visits(customer, fresh=True)


@app.get("/customers/{customer}/timeline")
def timeline(customer: UUID):  # type: ignore[no-untyped-def]  # as many write it
    return engine.timeline(customer, raw=True)


@app.post("/customers/{customer}/events/{action}")
def track(customer: UUID, action: str, params: dict[str, Any]) -> footfall.Result:
    return engine.track(customer, action, params)


@app.post("/strictly/{customer}/events/{action}")
def track_strictly(customer: UUID, action: str, params: dict[str, Any]) -> footfall.Result:
    return strict.track(customer, action, params)


@app.exception_handler(footfall.Rejected)
def refused(_request: Request, error: footfall.Rejected) -> JSONResponse:
    return JSONResponse({"reason": error.reason, "detail": error.detail}, status_code=422)


@app.get("/profiles")
def profiles() -> list[footfall.ProfileRow]:
    return engine.profiles(fresh=True)


@app.get("/summary")
def summary() -> footfall.SessionSummary:
    return engine.session_summary(fresh=True)


@app.get("/pages")
def pages() -> list[footfall.PageRow]:
    return engine.pages(fresh=True)


@app.get("/stats")
def stats() -> footfall.Stats:
    return engine.stats(fresh=True)


@app.get("/status")
def status() -> footfall.StoreStatus:
    return engine.status()


@app.get("/verify")
def verify() -> footfall.Verification:
    return engine.verify()


@app.get("/rejected")
def rejected() -> list[footfall.RejectionRow]:
    return engine.rejected()


@app.get("/definitions")
def definitions() -> dict[str, footfall.Definition]:
    return engine.definitions()


@app.get("/what-if")
def what_if() -> footfall.WhatIf:
    return engine.what_if("5m")


@app.get("/timeouts")
def timeouts() -> list[footfall.TimeoutRow]:
    return engine.session_timeouts()


@app.get("/events")
def events() -> list[footfall.ActivityEvent]:
    return list(engine.subscribe(after="start", follow=False))


class Client:
    """Asks the server over a real connection."""

    def __init__(self, port: int) -> None:
        self._port = port

    def get(self, path: str) -> Any:
        """The document at a path."""
        code, document = self.send("GET", path)
        assert code == 200, (path, document)
        return document

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and document."""
        connection = HTTPConnection("127.0.0.1", self._port)
        connection.request(method, path, json.dumps(body), {"content-type": "application/json"})
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found


def check(client: Client) -> None:
    """Each route gives what the engine answers, and what it gives makes the answer again."""
    one = f"/customers/{CUSTOMER}"
    same = {
        one: (footfall.Profile, engine.profile(CUSTOMER)),
        f"/customers/{STRANGER}": (footfall.Profile, engine.profile(STRANGER)),
        f"{one}/sessions": (list[footfall.SessionRow], engine.sessions(CUSTOMER, fresh=True)),
        f"{one}/visits": (list[footfall.PageVisit], engine.page_visits(CUSTOMER)),
        f"{one}/timeline": (list[footfall.TimelineEntry], engine.timeline(CUSTOMER, raw=True)),
        "/profiles": (list[footfall.ProfileRow], engine.profiles()),
        "/summary": (footfall.SessionSummary, engine.session_summary()),
        "/pages": (list[footfall.PageRow], engine.pages()),
        "/stats": (footfall.Stats, engine.stats()),
        "/status": (footfall.StoreStatus, engine.status()),
        "/verify": (footfall.Verification, engine.verify()),
        "/rejected": (list[footfall.RejectionRow], engine.rejected()),
        "/definitions": (dict[str, footfall.Definition], engine.definitions()),
        "/what-if": (footfall.WhatIf, engine.what_if("5m")),
        "/timeouts": (list[footfall.TimeoutRow], engine.session_timeouts()),
        "/events": (list[footfall.ActivityEvent], list(engine.subscribe(after="start", follow=False))),
    }
    for path, (kind, answer) in same.items():
        assert TypeAdapter(kind).validate_python(client.get(path)) == answer, path
        assert answer, path
    (session,) = client.get(f"{one}/sessions")
    assert (session["started_at"], session["entry_url"]) == (f"{BEGAN:%FT%TZ}", URL)


def check_results(client: Client) -> None:
    """A result is returned whether it was taken or refused; an engine that raises has it handled."""
    code, result = client.send("POST", f"/customers/{CUSTOMER}/events/page.visit", {"url": "/"})
    assert (code, result["status"], result["reason"]) == (200, "accepted", None)
    assert UUID(result["event_id"])
    code, result = client.send("POST", f"/customers/{CUSTOMER}/events/page.visit", {})
    assert (code, result["status"], result["reason"]) == (200, "rejected", "missing_parameter")
    code, problem = client.send("POST", f"/strictly/{CUSTOMER}/events/page.visit", {})
    assert (code, problem["reason"]) == (422, "missing_parameter")


def check_schema(client: Client) -> None:
    """The description of the routes knows every field, and what is a moment."""
    schemas = client.get("/openapi.json")["components"]["schemas"]
    row = schemas["SessionRow"]["properties"]
    assert row["started_at"] == {"type": "string", "format": "date-time", "title": "Started At"}
    assert schemas["Profile"]["properties"]["current_session"]["anyOf"][0] == {
        "$ref": "#/components/schemas/CurrentSession"
    }


def main() -> None:
    """Serve, ask, and stop."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            client = Client(listening.getsockname()[1])
            check(client)
            check_results(client)
            check_schema(client)
        finally:
            server.should_exit = True
            thread.join()
    engine.close()
    strict.close()
    print("done")  # noqa: T201


if __name__ == "__main__":
    main()
