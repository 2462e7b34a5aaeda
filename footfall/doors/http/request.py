"""A request as handlers see it."""

from __future__ import annotations

from urllib.parse import parse_qsl

from .asgi import Receive, Scope


class Request:
    """What was asked, without its body. Names of headers are in lower case; `arguments` are those of the path."""

    __slots__ = ("_query", "address", "arguments", "headers", "method", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive, arguments: tuple[str, ...]) -> None:
        self.scope, self.receive, self.arguments = scope, receive, arguments
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        client = scope.get("client")
        # Not the port, which is a number for some servers, a text for others, and another for each connection.
        self.address: str = client[0] if client else ""
        self._query: dict[str, list[str]] | None = None

    def header(self, name: bytes) -> str | None:
        """A header's text."""
        found = self.headers.get(name)
        return None if found is None else found.decode("latin-1")

    @property
    def query(self) -> dict[str, list[str]]:
        """The values of the query's parameters, by name."""
        if self._query is None:
            self._query = {}
            for name, value in parse_qsl(self.scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True):
                self._query.setdefault(name, []).append(value)
        return self._query
