"""The app that a WSGI server runs, or a host dispatches to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from http import HTTPStatus
from typing import Any

from ....engine.engine import Engine
from ..answering import answer
from ..asgi import Message
from ..parts import PartsOfProcess
from ..settings import DoorSettings
from .direct import open_direct_parts
from .environ import Environ, body_of, scope_of

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_OF_THE_SERVER = frozenset({"connection", "transfer-encoding"})


def wsgi(engine: Engine, **settings: Any) -> WsgiDoor:
    """A WSGI app on an engine, which stays the host's to close; `settings` are those of `DoorSettings`. It answers what
    `asgi` answers, but for live events."""
    return WsgiDoor(engine, DoorSettings(**settings))


class WsgiDoor:
    """Answers HTTP requests in the threads that bring them. It begins with the first one, and once more in a process
    that is forked later, as under gunicorn with `--preload`."""

    def __init__(self, engine: Engine, settings: DoorSettings) -> None:
        self._parts = PartsOfProcess(partial(open_direct_parts, engine, settings))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """One request."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body_of(environ), "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        _carry_out(answer(self._parts.here(), scope_of(environ), receive, send))
        if not sent:  # the client is gone, and a server wants an answer all the same
            start_response(_status(HTTPStatus.BAD_REQUEST), [("content-length", "0")])
            return []
        start, *rest = sent
        start_response(_status(start["status"]), _headers(start["headers"]))
        return [message["body"] for message in rest]


def _carry_out(coroutine: Coroutine[Any, Any, None]) -> None:
    # With these parts nothing that it awaits waits for anything, so that it comes to its end in one go.
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    raise RuntimeError("the door waits for an event loop, which WSGI does not have")


def _status(code: int) -> str:
    return f"{code} {HTTPStatus(code).phrase}"


def _headers(lines: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    told = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in lines]
    return [(name, value) for name, value in told if name not in _OF_THE_SERVER]
