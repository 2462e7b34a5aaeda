"""Speaks to an ASGI app as a server does, and as no decent client would: in pieces, twice, or not to the end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from footfall.doors.http.app import Door

ADDRESS = "192.0.2.7"
LEFT = b"the client leaves"
"""Stands in `pieces` for the client's going away."""
SILENT = b"the client says nothing more"


@dataclass(frozen=True)
class Answered:
    """An answer, whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """What it says."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of an error."""
        code: str = self.document["code"]
        return code

    @property
    def statuses(self) -> list[str]:
        """What became of each thing that was handed in."""
        return [
            f"{one['status']} {one['reason']}" if one["reason"] else one["status"] for one in self.document["results"]
        ]


class NoAnswer(Exception):
    """The app has sent nothing."""


class Client:
    """Sends requests to a door, each in an event loop of its own."""

    def __init__(self, door: Door, headers: Mapping[str, str] | None = None) -> None:
        self.door, self.headers = door, dict(headers or {})
        self.pieces_taken = self.pieces_before = 0

    def with_headers(self, **headers: str) -> Client:
        """Another one that always sends these, too; in names `_` stands for `-`."""
        return Client(self.door, self.headers | {name.replace("_", "-"): value for name, value in headers.items()})

    def get(self, path: str, **options: Any) -> Answered:
        """GET."""
        return self.ask("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answered:
        """POST what is JSON already, or becomes it."""
        return self.ask("POST", path, body, **options)

    def ask(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        pieces: Iterable[bytes] | None = None,
        lines: Iterable[tuple[str, str]] = (),
        address: str | None = ADDRESS,
        root_path: str = "",
        **headers: str,
    ) -> Answered:
        """Ask for something. `lines` are further headers, also of names that are there already; `pieces` are the body
        as it comes."""
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        path, query = urlsplit(f"http://t{target}")[2:4] if not target.startswith("//") else (target, "")
        scope = {
            "type": "http",
            "method": method,
            "path": root_path + path,
            "root_path": root_path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in [*given.items(), *lines]],
            "client": None if address is None else (address, 50_000),
        }
        return asyncio.run(self._ask(scope, [content] if pieces is None else list(pieces)))

    async def _ask(self, scope: dict[str, Any], pieces: list[bytes]) -> Answered:
        sent: list[Any] = []
        self.pieces_taken = self.pieces_before = 0

        async def receive() -> dict[str, Any]:
            if self.pieces_taken == len(pieces):
                await asyncio.Event().wait()
            piece = pieces[self.pieces_taken]
            if piece == SILENT:
                await asyncio.Event().wait()
            self.pieces_taken += 1
            if piece == LEFT:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece, "more_body": self.pieces_taken < len(pieces)}

        async def send(message: Any) -> None:
            if not sent:
                self.pieces_before = self.pieces_taken
            sent.append(message)

        await self.door(scope, receive, send)
        if not sent:
            raise NoAnswer
        names = [name.decode() for name, _ in sent[0]["headers"]]
        assert len(names) == len(set(names)), names
        headers = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Answered(sent[0]["status"], headers, b"".join(one["body"] for one in sent[1:]))
