"""Answers: those that are whole, and those that go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from ...engine.document import document
from .asgi import Receive, Send

JSON = "application/json"


class Response(NamedTuple):
    """A whole answer."""

    body: bytes = b""
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = {}


class Stream(NamedTuple):
    """An answer that writes itself, from its status on: what it is given are the request's `receive` and `send`."""

    run: Callable[[Receive, Send], Awaitable[None]]


def answered(answer: Any, status: int = 200) -> Response:
    """The document of what an engine answers with."""
    return Response(msgspec.json.encode(document(answer)), status)
