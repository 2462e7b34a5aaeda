"""The app that an ASGI server runs, or a host mounts."""

from __future__ import annotations

import os
from threading import Lock
from typing import Any

from ...engine.async_engine import AsyncEngine
from ...engine.engine import Engine
from .answering import answer
from .asgi import Receive, Scope, Send
from .parts import Parts, open_parts
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
            await answer(self.parts(), scope, receive, send)
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
