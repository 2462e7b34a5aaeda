"""A line for each request that was answered."""

from __future__ import annotations

from time import perf_counter
from urllib.parse import quote

from ....engine.loggers import ACCESS
from ..asgi import App, Message, Receive, Scope, Send


def with_access_log(app: App) -> App:
    """The app, which logs who asked for what path and how it was answered: neither the query, in which there may be a
    public key, nor any header."""

    async def logged(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        status, began = 0, perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, noted)
        finally:
            client = scope.get("client")
            address, took = client[0] if client else "-", (perf_counter() - began) * 1_000
            ACCESS.info("%s %s %s %d %.1f ms", address, scope["method"], quote(scope["path"]), status, took)

    return logged
