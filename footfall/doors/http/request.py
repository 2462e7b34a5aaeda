"""A request as handlers see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from .asgi import Receive, Scope
from .refusals import Refusal

_ONCE = frozenset(
    {b"authorization", b"content-encoding", b"content-length", b"content-type", b"footfall-key", b"origin"}
)

_NOTHING: Mapping[str, list[str]] = MappingProxyType({})


class Request:
    """What was asked, without its body. Names of headers are in lower case; `arguments` are those of the path, `asked`
    what the query asks for, by the names of the engine's arguments. Raises `Refusal` (400) for a header that must not
    be there twice."""

    __slots__ = ("_query", "address", "arguments", "asked", "headers", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive, arguments: tuple[str, ...]) -> None:
        self.scope, self.receive, self.arguments = scope, receive, arguments
        self.asked: dict[str, Any] = {}
        self.headers = _headers(scope["headers"])
        client = scope.get("client")
        # Not the port, which is a number for some servers, a text for others, and another for each connection.
        self.address: str = client[0] if client else ""
        self._query: Mapping[str, list[str]] | None = None if scope.get("query_string") else _NOTHING

    def header(self, name: bytes) -> str | None:
        """A header's text."""
        found = self.headers.get(name)
        return None if found is None else found.decode("latin-1")

    @property
    def query(self) -> Mapping[str, list[str]]:
        """The values of the query's parameters, by name."""
        if self._query is None:
            self._query = _query(self.scope.get("query_string", b""))
        return self._query


def _query(written: bytes) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(written.decode("latin-1"), keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return query


def _headers(lines: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in lines:
        if name in headers:
            if name in _ONCE:
                raise Refusal(
                    400, "repeated_header", f"the header {name.decode('latin-1')} is there twice: send it once"
                )
            # HTTP/2 lets a client send each cookie in a line of its own.
            value = headers[name] + (b"; " if name == b"cookie" else b", ") + value
        headers[name] = value
    return headers
