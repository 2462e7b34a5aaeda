"""The app that an ASGI server runs, or a host mounts."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any

import msgspec

from ...engine.async_engine import AsyncEngine
from ...engine.engine import Engine
from .asgi import Receive, Scope, Send
from .parts import Parts, open_parts
from .refusals import Refusal
from .request import Request
from .response import Response, Stream
from .routes import routes
from .settings import DoorSettings


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
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def parts(self) -> Parts:
        """The parts of this process, opened where they are not."""
        if self._parts is None or self._process != os.getpid():
            with self._opening:
                if self._parts is None or self._process != os.getpid():
                    self._parts, self._process = open_parts(self._engine, self._settings), os.getpid()
        return self._parts

    def close(self) -> None:
        """End streams and threads of the door; the engine is the host's to close."""
        with self._opening:
            if self._parts is not None and self._process == os.getpid():
                self._parts.close()
            self._parts = None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            answer = await self._handled(scope, receive)
        except Refusal as refusal:
            told = {"code": refusal.code, "message": refusal.message, "detail": refusal.detail}
            answer = Response(msgspec.json.encode(told), refusal.status, headers=refusal.headers)
        if isinstance(answer, Stream):
            await answer.run(receive, send)
        else:
            await _send(answer, send)

    async def _handled(self, scope: Scope, receive: Receive) -> Response | Stream:
        found = routes.find(scope["path"], scope.get("root_path", ""))
        if found is None:
            raise Refusal(404, "not_found", "there is nothing at this path")
        route = found.by_method.get(scope["method"])
        if route is None:
            allowed = ", ".join(sorted(found.by_method))
            raise Refusal(405, "method_not_allowed", f"this path takes {allowed}", headers={"allow": allowed})
        return await route.handler(self.parts(), Request(scope, receive, found.arguments))


async def _send(answer: Response, send: Send) -> None:
    headers = {"content-type": answer.content_type, "content-length": str(len(answer.body)), **answer.headers}
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": answer.body})
