"""The app that an ASGI server runs, or a host mounts."""

from __future__ import annotations

import os
from functools import partial
from threading import Lock
from typing import Any

import msgspec

from ...engine.async_engine import AsyncEngine
from ...engine.engine import Engine
from .asgi import Message, Receive, Scope, Send
from .body import ClientGone
from .cors import headers_for, preflight
from .credentials import credentials
from .errors import refusal_of
from .parameters import asked
from .parts import Parts, open_parts
from .refusals import Refusal
from .request import Request
from .response import Response, Stream
from .routes import routes
from .routing import Found, Route
from .settings import DoorSettings

_SECURITY = {"cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff"}

Answer = Response | Stream


def asgi(engine: Engine | AsyncEngine, **settings: Any) -> Door:
    """An ASGI app on an engine, which stays the host's to close; `settings` are those of `DoorSettings`."""
    return Door(engine, DoorSettings(**settings))


class Door:
    """Answers HTTP requests. What it needs is opened with the first one, and once more in a process that is forked
    later, since a mounted app may never be told of its start (`lifespan`). Calls may come from any loop."""

    def __init__(self, engine: Engine | AsyncEngine, settings: DoorSettings) -> None:
        self._engine = engine if isinstance(engine, AsyncEngine) else AsyncEngine(engine)
        self._settings = settings
        self._opening = Lock()
        self._parts: Parts | None = None
        self._process = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self.lifespan(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def lifespan(self, receive: Receive, send: Send) -> None:
        """Open at the server's start and close at its end; a host that mounts the app may call it, or `close`."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.parts()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def parts(self) -> Parts:
        """The parts of this process, opened where they are not."""
        if self._parts is None or self._process != os.getpid():
            with self._opening:
                if self._parts is None or self._process != os.getpid():
                    self._parts, self._process = open_parts(self._engine, self._settings), os.getpid()
        return self._parts

    async def close(self) -> None:
        """End streams, and answer what was begun; the engine is the host's to close."""
        with self._opening:
            parts = self._parts if self._process == os.getpid() else None
            self._parts = None
        if parts is not None:
            parts.close()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = routes.find(scope["path"], scope.get("root_path", ""))
        method = scope["method"]
        route = None if found is None else found.by_method.get("GET" if method == "HEAD" else method)
        try:
            answer = await self._handled(scope, receive, found, route)
        except ClientGone:
            return
        except Refusal as refusal:
            answer = self._told(refusal)
        except Exception as error:
            answer = self._told(refusal_of(error, f"{route.method} {route.template}" if route else "a preflight"))
        headers = dict(_SECURITY)
        if found is not None and any(one.is_open for one in found.by_method.values()):
            headers |= self._cors(scope)
        if isinstance(answer, Stream):
            await answer.run(receive, partial(_send_with, headers, send))
            return
        if route is not None:
            self.parts().tally.answers[(route.method, route.template, answer.status)] += 1
        await _send(answer, headers, send, with_body=method != "HEAD")

    async def _handled(self, scope: Scope, receive: Receive, found: Found | None, route: Route | None) -> Answer:
        if found is None:
            raise Refusal(404, "not_found", "there is nothing at this path")
        parts, request = self.parts(), Request(scope, receive, found.arguments)
        if route is None:
            return _without_route(parts, request, found)
        request.asked = asked(request.query, route.parameters)
        if route.scope is not None:
            parts.admission.check_scope(parts.admission.caller(request, credentials(request)), route.scope)
        return await route.handler(parts, request)

    def _told(self, refusal: Refusal) -> Response:
        self.parts().tally.refusals[refusal.code] += 1
        told = {"code": refusal.code, "message": refusal.message, "detail": refusal.detail}
        return Response(msgspec.json.encode(told), refusal.status, headers=refusal.headers)

    def _cors(self, scope: Scope) -> dict[str, str]:
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
        try:
            return headers_for(origin, self.parts().senders)
        except Exception:  # of the store, which the answer tells of
            return {}


def _without_route(parts: Parts, request: Request, found: Found) -> Response:
    allowed = ", ".join(sorted({*found.by_method, *({"HEAD"} if "GET" in found.by_method else ())}))
    asks = request.scope["method"] == "OPTIONS" and request.header(b"access-control-request-method") is not None
    if asks and any(route.is_open for route in found.by_method.values()):
        return preflight(request, parts.senders)
    raise Refusal(405, "method_not_allowed", f"this path takes {allowed}", headers={"allow": allowed})


async def _send_with(headers: dict[str, str], send: Send, message: Message) -> None:
    if message["type"] == "http.response.start":
        own = {name for name, _ in message["headers"]}
        further = [line for line in _lines(headers) if line[0] not in own]
        message = {**message, "headers": [*message["headers"], *further]}
    await send(message)


async def _send(answer: Response, headers: dict[str, str], send: Send, *, with_body: bool) -> None:
    told = {**headers, **answer.headers}
    if answer.status not in (204, 304):
        told |= {"content-type": answer.content_type, "content-length": str(len(answer.body))}
    await send({"type": "http.response.start", "status": answer.status, "headers": _lines(told)})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})


def _lines(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
