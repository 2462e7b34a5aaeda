"""`footfall serve` in a process of its own, and what asks it."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import footfall
from tests.end_to_end.cli.program import as_program
from tests.end_to_end.cli.running import Running
from tests.forked import PATIENCE_SECONDS


class Answer(NamedTuple):
    """What a server answered; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def statuses(self) -> list[str]:
        """What became of each thing that was handed in."""
        assert self.status == 200, self.body
        return [one["status"] for one in self.document["results"]]


class Asking:
    """Asks the server at a place, such as `127.0.0.1:8000`, each time by a connection of its own."""

    def __init__(self, place: str, key: str, root: str = "") -> None:
        self.place, self.key, self.root = place, key, root

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask; a body that is not bytes is sent as JSON."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body, default=str).encode()
        told = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(http.client.HTTPConnection(self.place, timeout=PATIENCE_SECONDS)) as connection:
            connection.request(method, self.root + path, content, told)
            response = connection.getresponse()
            lines = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lines, response.read())

    def track(self, *events: Any) -> Answer:
        """Send events, or one event."""
        return self("POST", "/v1/events", list(events) if len(events) > 1 else events[0])

    def raw(self, sent: bytes, within: float = PATIENCE_SECONDS) -> bytes:
        """All that comes back until the server ends the connection."""
        with self.connected(within) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65_536), b""))

    @contextmanager
    def connected(self, within: float = PATIENCE_SECONDS) -> Iterator[socket.socket]:
        """A bare connection."""
        host, _, port = self.place.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=within) as connection:
            yield connection

    def await_(self) -> None:
        """Wait until somebody answers."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self("GET", "/healthz")
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.05)
            else:
                return


class Service(Running):
    """`footfall serve` on a store, at a free port; `ask` asks it with a server key of that store. `bounds` are
    constants of its modules that are other than they are, such as `{"serving.protocol.HEAD_SECONDS": 0.5}`."""

    def __init__(
        self, url: str, *arguments: str, key: str | None = None, bounds: Mapping[str, float] | None = None
    ) -> None:
        self.key = key or server_key(url)
        command = ("serve", "--database", url, "--port", "0", "--every", "0.1s", *arguments)
        super().__init__(*command, main=partial(_with_bounds, dict(bounds or {})))
        try:
            self.told = self.err.next_with("serving on ")
            self.url = self.told.split("serving on ")[1].split(",")[0]
            place = urlsplit(self.url)
            self.ask = Asking(place.netloc, self.key, place.path)
            self.ask.await_()
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self) -> Service:
        return self


def _with_bounds(bounds: Mapping[str, float], *arguments: str) -> None:
    for name, value in bounds.items():
        module, _, constant = name.rpartition(".")
        setattr(import_module(f"footfall.doors.http.{module}"), constant, value)
    as_program(*arguments)


def server_key(url: str) -> str:
    """A server key of a store, which may do everything."""
    with footfall.open(url) as engine:
        return engine.create_server_key(f"tests-{uuid4()}").key
