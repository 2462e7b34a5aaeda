"""The app that an ASGI server runs, or a host mounts."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ...engine.async_engine import AsyncEngine
from ...engine.engine import Engine
from .answering import answer
from .asgi import Receive, Scope, Send
from .parts import Parts, PartsOfProcess, open_parts
from .settings import DoorSettings


def asgi(engine: Engine | AsyncEngine, **settings: Any) -> Door:
    """An ASGI app on an engine, which stays the host's to close; `settings` are those of `DoorSettings`."""
    return Door(engine, DoorSettings(**settings))


class Door:
    """Answers HTTP requests. What it needs is opened with the first one, and once more in a process that is forked
    later, since a mounted app may never be told of its start (`lifespan`). Calls may come from any loop."""

    def __init__(self, engine: Engine | AsyncEngine, settings: DoorSettings) -> None:
        calls = engine if isinstance(engine, AsyncEngine) else AsyncEngine(engine)
        self._parts = PartsOfProcess(partial(open_parts, calls, settings))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life of the server."""
        if scope["type"] == "http":
            parts = self.parts()
            try:
                await answer(parts, scope, receive, send)
            except asyncio.CancelledError:
                if not parts.body_time.is_ending:
                    raise  # a host may have reasons of its own
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
        return self._parts.here()

    async def close(self) -> None:
        """End streams, and answer what was begun; the engine is the host's to close."""
        self._parts.close()
