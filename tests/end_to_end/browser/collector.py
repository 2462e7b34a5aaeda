"""A server that takes events as the HTTP door does, remembers all that it was sent, and fails as it is told to."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import footfall
from tests.end_to_end.browser.serving import Handler, Serving

TRACKER = Path(footfall.__file__).parent / "doors/http/tracker/footfall.js"
KEY = "pk_test"
DETAIL = "no access for anonymous senders"

Document = dict[str, Any]


class Received(NamedTuple):
    """A request that came."""

    method: str
    path: str
    headers: dict[str, str]
    document: Document


@dataclass(frozen=True)
class Fault:
    """How requests fail: an answer of this status, or none at all (0); `is_stored` tells whether it was taken in."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    is_stored: bool = False
    code: str = "told_to"


@dataclass
class Collector:
    """What came and what was stored, in the order of its coming. Threads may share it."""

    received: list[Received] = field(default_factory=list)
    stored: dict[tuple[str, str], Document] = field(default_factory=dict)
    again: list[Document] = field(default_factory=list)
    conflicts: list[Document] = field(default_factory=list)
    refused_actions: set[str | None] = field(default_factory=set)
    fault: Callable[[Received], Fault | None] = lambda _: None
    seconds: float = 0.0
    at_work: int = 0
    most_at_work: int = 0
    lock: Lock = field(default_factory=Lock)
    url: str = ""
    page: str = ""
    """A page of its own, as where the door is mounted in the site; it lets no referrer out."""

    @property
    def items(self) -> list[Document]:
        """All that is stored."""
        with self.lock:
            return list(self.stored.values())

    def events(self, action: str) -> list[Document]:
        """The stored events of an action by the time that they say, which is not always the order of their coming."""
        return sorted((item for item in self.items if item.get("action") == action), key=lambda item: item["time"])

    def params(self, action: str) -> list[Document]:
        """The params of those."""
        return [event["params"] for event in self.events(action)]

    def posts(self) -> list[Received]:
        """The requests that brought something."""
        with self.lock:
            return [request for request in self.received if request.method == "POST"]

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Fail so for a while."""
        self.fault = lambda _: fault
        yield
        self.fault = lambda _: None

    def take(self, document: Document) -> list[Document]:
        """Store what is new; the results, in order."""
        with self.lock:
            return [self._result(item) for item in document.get("events") or document.get("customers") or []]

    def _result(self, item: Document) -> Document:
        if item.get("action") in self.refused_actions:
            return {"status": "rejected", "event_id": item["event_id"], "reason": "access_denied", "detail": DETAIL}
        known = self.stored.setdefault((item["uuid"], item["event_id"]), item)
        if known is not item:
            (self.again if known == item else self.conflicts).append(item)
        return {"status": "accepted" if known is item else "duplicate", "event_id": item["event_id"]}


class Door(Handler):
    """Answers for the collector of its server."""

    collector: Collector

    def respond(self) -> None:
        """Hand out the tracker or the page, take events, or note that a browser asks for leave."""
        if self.command == "POST":
            self.take()
        elif self.command == "OPTIONS":
            self.collector.received.append(Received(self.command, self.path, dict(self.headers), {}))
            self.answer(204, b"", Access_Control_Allow_Origin="*", Access_Control_Allow_Headers="*")
        elif self.path == "/":
            headers = {"Content_Type": "text/html", "Referrer_Policy": "no-referrer"}
            self.answer(200, self.collector.page.encode(), **headers)
        else:
            self.answer(200, TRACKER.read_bytes(), Content_Type="text/javascript; charset=utf-8")

    def take(self) -> None:
        """Take events, or fail."""
        collector = self.collector
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = Received(self.command, self.path, dict(self.headers), json.loads(body))
        with collector.lock:  # whoever sees that a request has come also knows how it will end
            fault = collector.fault(request)
            collector.received.append(request)
            collector.at_work += 1
            collector.most_at_work = max(collector.most_at_work, collector.at_work)
        time.sleep(collector.seconds)
        with collector.lock:
            collector.at_work -= 1
        results = collector.take(request.document) if fault is None or fault.is_stored else []
        if fault is None:
            self.tell(200, {"results": results})
        elif fault.status:
            self.tell(fault.status, {"code": fault.code, "message": "as told", "detail": None}, **fault.headers)
        else:
            self.close_connection = True

    def tell(self, status: int, document: Document, **headers: str) -> None:
        """Answer a page of any origin."""
        allowed = {"Access_Control_Allow_Origin": "*", "Access_Control_Expose_Headers": "Retry-After"}
        body = json.dumps(document).encode()
        self.answer(status, body, Content_Type="application/json", **allowed, **headers)


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""
    collector = Collector()

    with Serving(type("Door", (Door,), {"collector": collector})) as server:
        collector.url = f"http://127.0.0.1:{server.port}"
        yield collector
