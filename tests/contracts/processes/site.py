"""A host's web site, as gunicorn and uvicorn are given it: the engine is opened where the module is loaded."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import footfall

engine = footfall.open(os.environ["SITE_DATABASE"])
before_any_fork = engine.profile(os.environ["SITE_CUSTOMER"]).events
if "SITE_STARTS" in os.environ:
    engine.start()


def answer(query: str) -> bytes:
    """Track a visit of the page that is asked for, and tell what the customer's profile says then."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    result = engine.track(asked["customer"], "page.visit", {"url": asked["url"]})
    events = engine.profile(asked["customer"]).events
    return json.dumps({"status": result.status, "events": events, "pid": os.getpid()}).encode()


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site for gunicorn."""
    body = answer(environ["QUERY_STRING"])
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


Send = Callable[[Any], Awaitable[None]]


async def asgi(scope: dict[str, Any], _receive: Callable[[], Awaitable[Any]], send: Send) -> None:
    """The site for uvicorn."""
    await _respond(send, answer(scope["query_string"].decode()))


asynchronous = footfall.AsyncEngine(engine)


async def async_asgi(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
    """The same on the engine for asyncio, for servers that fork after it was opened."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    asked = dict(parse_qsl(scope["query_string"].decode()))
    result = await asynchronous.track(asked["customer"], "page.visit", {"url": asked["url"]})
    events = (await asynchronous.profile(asked["customer"])).events
    await _respond(send, json.dumps({"status": result.status, "events": events, "pid": os.getpid()}).encode())


async def _live(receive: Callable[[], Awaitable[Any]], send: Send) -> None:
    while (told := (await receive())["type"]) != "lifespan.shutdown":
        await send({"type": f"{told}.complete"})
    await asynchronous.close()
    await send({"type": "lifespan.shutdown.complete"})


async def _respond(send: Send, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
