"""The page for apps: its client stores everything once, whatever happens on the way, and loses nothing."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from uuid import UUID, uuid4

import pytest

import footfall
import footfall.testing
from footfall.domain.moments import to_datetime

PAGE = (Path(__file__).parents[1] / "docs" / "apps.md").read_text()
CLIENT, USE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
KEY = {"Footfall-Key": "pk_of_this_test"}

BROKEN, LOST, CUT = "broken", "lost", "cut"
"""The connection ends before the events are stored, or after, or within the answer."""
Step = int | str | tuple[int, str]


class Shop:
    """A server that stores what it is sent, once its script of troubles is played out. `bodies`: what it was sent."""

    def __init__(self, engine: footfall.Engine) -> None:
        self.engine, self.script = engine, list[Step]()
        self.bodies: list[list[dict[str, Any]]] = []
        self.headers: list[Any] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                shop.take(self)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, request: BaseHTTPRequestHandler) -> None:
        body = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        self.bodies.append(body)
        self.headers.append(request.headers)
        step = self.script.pop(0) if self.script else 200
        status, after = step if isinstance(step, tuple) else (step, "")
        if isinstance(status, int) and status != 200:
            self.answer(request, status, b'{"code": "trouble"}', {"Retry-After": after} if after else {})
        elif status != BROKEN:
            sender = footfall.Sender.anonymous(UUID(body[0]["uuid"]))
            results = footfall.document(self.engine.track_many(body, sender=sender))
            if status != LOST:
                self.answer(request, 200, json.dumps({"results": results}).encode(), {}, cut=status == CUT)
        request.close_connection = True

    @staticmethod
    def answer(
        request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str], *, cut: bool = False
    ) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body[: len(body) // 2] if cut else body)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with footfall.testing.open(clock=footfall.testing.ManualClock(datetime.now(UTC))) as engine:
        opened = Shop(engine)
        thread = Thread(target=opened.server.serve_forever, args=(0.01,))
        thread.start()
        yield opened
        opened.server.shutdown()
        opened.server.server_close()
        thread.join()


class Clock:
    """A device's clock, by which no two events happen in one millisecond."""

    def __init__(self) -> None:
        self.now = time.time_ns() - 3_600_000_000_000

    def time_ns(self) -> int:
        self.now += 1_000_000
        return self.now


class App:
    """The page's client on a device with a queue, which can be started again."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.url, self.queue, self.customer = shop.url, str(folder / "queue.db"), uuid4()
        self.waited: list[float] = []
        self.clock = Clock()
        self.client: Any = None
        self.start()

    def start(self) -> None:
        if self.client is not None:
            self.client.queue.close()
        names: dict[str, Any] = {}
        exec(CLIENT, names)  # noqa: S102  # our own page
        names["time"] = self.clock
        self.client = names["Client"](self.url, KEY, self.queue, self.waited.append)

    def view(self, *screens: str) -> None:
        for name in screens:
            self.client.track(self.customer, "screen.view", {"name": name})

    def queued(self) -> int:
        return int(self.client.queue.execute("SELECT count(*) FROM event").fetchone()[0])


@pytest.fixture
def app(shop: Shop, tmp_path: Path) -> Iterator[App]:
    started = App(shop, tmp_path)
    yield started
    started.client.queue.close()


def stored(shop: Shop, app: App) -> list[str]:
    """The screens that were viewed, the oldest first."""
    entries = shop.engine.timeline(app.customer, limit=None)
    return [entry.params["name"] for entry in reversed(entries) if entry.action == "screen.view"]


def ids(body: list[dict[str, Any]]) -> list[str]:
    return [event["event_id"] for event in body]


def test_events_are_stored_with_the_time_and_the_id_they_were_given(shop: Shop, app: App) -> None:
    app.view("Start", "Basket")
    assert app.client.flush() == []
    assert (stored(shop, app), app.queued(), app.waited) == (["Start", "Basket"], 0, [])
    shown = {entry.event_id: entry.time for entry in shop.engine.timeline(app.customer)}
    for event in shop.bodies[0]:
        assert to_datetime(event["time"] * 1_000) == shown[event["event_id"]]
    assert shop.headers[0]["Footfall-Key"] == KEY["Footfall-Key"]
    assert app.client.flush() == []
    assert len(shop.bodies) == 1


def test_whatever_happens_on_the_way_everything_is_stored_once_in_its_order(shop: Shop, app: App) -> None:
    shop.script = [(503, "2"), LOST, BROKEN, 500, (429, "7"), CUT, 408]
    app.view("Start", "Tea", "Basket")
    assert app.client.flush() == []
    assert (stored(shop, app), app.queued()) == (["Start", "Tea", "Basket"], 0)
    assert len(shop.bodies) == 8
    assert all(body == shop.bodies[0] for body in shop.bodies)
    assert (app.waited[0], app.waited[4]) == (2, 7)
    for failures, wait in enumerate(app.waited, 1):
        assert failures in {1, 5} or 2**failures / 2 <= wait <= 2**failures


def test_what_was_queued_offline_survives_the_app_and_keeps_its_ids(shop: Shop, app: App) -> None:
    shop.script = [LOST] * 8
    app.view("Start", "Tea")
    with pytest.raises(OSError, match=r"Remote end|reset"):
        app.client.flush()
    assert app.queued() == 2
    app.start()
    app.view("Basket")
    assert app.client.flush() == []
    assert ids(shop.bodies[-1])[:2] == ids(shop.bodies[0])
    assert stored(shop, app) == ["Start", "Tea", "Basket"]


@pytest.mark.parametrize("status", [400, 401, 403, 413, 415])
def test_what_sending_again_cannot_mend_is_raised_at_once_and_kept(shop: Shop, app: App, status: int) -> None:
    shop.script = [status]
    app.view("Start")
    with pytest.raises(HTTPError) as caught:
        app.client.flush()
    caught.value.close()
    assert (caught.value.code, app.waited, app.queued()) == (status, [], 1)
    app.client.flush()
    assert stored(shop, app) == ["Start"]


def test_what_is_rejected_is_told_and_not_sent_again(shop: Shop, app: App) -> None:
    app.client.track(app.customer, "client.login", {})
    app.view("Start")
    (rejected,) = app.client.flush()
    assert (rejected["reason"], app.queued()) == ("access_denied", 0)
    assert stored(shop, app) == ["Start"]


def test_a_long_queue_goes_in_batches_of_a_hundred(shop: Shop, app: App) -> None:
    screens = [f"no. {number}" for number in range(250)]
    app.view(*screens)
    shop.script = [200, 503]
    app.client.flush()
    assert [len(body) for body in shop.bodies] == [100, 100, 100, 50]
    assert sorted(stored(shop, app)) == sorted(screens)


def test_the_use_that_the_page_shows_is_right(shop: Shop, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(app.queue).parent)
    made: list[Any] = []

    def client(url: str, headers: dict[str, str]) -> Any:
        assert (url, list(headers)) == ("https://events.shop.example", list(KEY))
        made.append(type(app.client)(shop.url, KEY, "other.db"))
        return made[0]

    exec(USE, {"Client": client})  # noqa: S102  # our own page
    made[0].queue.close()
    assert shop.engine.profile("3f2b8c1e-7a54-4b8e-9d3c-5e1f0a6b7c8d").counts["screen.view"] == 1


def test_the_body_that_the_page_shows_is_accepted(shop: Shop) -> None:
    (shown,) = re.findall(r"-H 'Content-Type: application/json' -d '\n(.*?)'\n", PAGE, re.DOTALL)
    (event,) = json.loads(shown)
    sender = footfall.Sender.anonymous(UUID(event["uuid"]))
    assert [result.status for result in shop.engine.track_many([event], sender=sender)] == ["accepted"]


def test_the_page_says_what_its_client_does_with_each_status() -> None:
    rows: list[tuple[str, str]] = re.findall(r"^\| ([\d, ]+) \| (.*) \|$", PAGE, re.MULTILINE)
    told = {int(status): text for statuses, text in rows for status in statuses.split(", ")}
    again: Callable[[int], bool] = lambda status: told[status].startswith("send the same again")  # noqa: E731
    assert {status for status in told if again(status)} == {408, 429, 500, 502, 503, 504}
    assert told.keys() - {200, 408, 429, 500, 502, 503, 504} == {400, 401, 403, 413, 415}
