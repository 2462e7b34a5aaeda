"""Live events over real sockets: told as they are committed, and without a gap to whoever comes back."""

from __future__ import annotations

import http.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest

import footfall
from tests.contracts.connected import LISTENERS, connections
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB, named
from tests.end_to_end.http.listening import Listening
from tests.end_to_end.http.service import Asking, Service, server_key
from tests.end_to_end.http.test_serve import metric, shop


def test_events_are_told_as_they_are_committed_whoever_writes_them(service: Service, database_url: str) -> None:
    with Listening(service.ask, action="page.visit") as live, footfall.open(database_url) as engine:
        service.ask.track(shop("/a"))
        engine.track(BOB, "page.visit", {"url": "/b", "title": "Tea\n\ndata: and cake\u2028"})
        first, second = live.next(), live.next()
    assert [first["uuid"], second["uuid"]] == [str(ALICE), str(BOB)]
    assert second["params"] == {"url": "/b", "title": "Tea\n\ndata: and cake\u2028"}
    assert first["cursor"] != second["cursor"] == live.last_event_id
    assert live.headers["content-type"] == "text/event-stream"
    assert live.headers["cache-control"] == "no-store"
    assert live.headers["x-accel-buffering"] == "no"
    assert "content-length" not in live.headers


def test_they_are_the_documents_that_tail_prints(on_sqlite: Service, sqlite_url: str) -> None:
    with Listening(on_sqlite.ask, action="page.visit") as live, footfall.open(sqlite_url) as engine:
        on_sqlite.ask.track(shop("/a"))
        (event,) = engine.subscribe({"page.visit"}, after="start", follow=False)
        assert live.next() == footfall.document(event)


def test_a_listener_hears_of_what_it_asked_for(service: Service) -> None:
    with (
        Listening(service.ask, customer=str(BOB).upper(), action="page.visit") as of_bob,
        Listening(service.ask, action=["client.login", "client.logout"]) as of_logins,
        Listening(service.ask) as of_all,
    ):
        service.ask.track(shop("/a"))
        service.ask.track({"uuid": ALICE, "action": "client.login", "event_id": uuid4()})
        service.ask.track(shop("/b", BOB))
        assert of_bob.next()["params"]["url"] == "/b"
        assert of_logins.next()["action"] == "client.login"
        assert {of_all.next()["action"] for _ in range(5)} >= {"page.visit", "client.login", "session.start"}


@pytest.mark.parametrize("where", ["the same process", "another process"])
def test_who_comes_back_has_no_gap_and_nothing_twice(database_url: str, where: str) -> None:
    key = server_key(database_url)

    def write(ask: Asking, first: int) -> None:
        for number in range(first, first + 100):
            assert ask.track(*(shop(f"/{number}/{who}", named(f"{who}")) for who in range(3))).statuses

    with Service(database_url, key=key) as service, ThreadPoolExecutor(1) as thread:
        with Listening(service.ask, action="page.visit") as live:
            writing = thread.submit(write, service.ask, 0)
            came = live.urls(31)
        if where == "the same process":
            came += heard_in_pieces(service, live.last_event_id, 300 - 31)
            writing.result()
        else:
            writing.result()
            service.stop()
            with Service(database_url, key=key) as other:
                writing = thread.submit(write, other.ask, 100)
                came += heard_in_pieces(other, live.last_event_id, 600 - 31)
                writing.result()
    count = 300 if where == "the same process" else 600
    for who in range(3):
        assert [url for url in came if url.endswith(f"/{who}")] == [f"/{number}/{who}" for number in range(count // 3)]


def heard_in_pieces(service: Service, last_event_id: str, number: int) -> list[str]:
    came: list[str] = []
    while len(came) < number:
        with Listening(service.ask, last_event_id, action="page.visit") as live:
            came += live.urls(min(53, number - len(came)))
        last_event_id = live.last_event_id
    return came


def test_after_a_cursor_of_long_ago_it_begins_in_the_log(service: Service) -> None:
    service.ask.track(*(shop(f"/{number}") for number in range(700)))
    with Listening(service.ask, after="start", customer=ALICE, action="page.visit") as live:
        assert live.urls(700) == [f"/{number}" for number in range(700)]
        service.ask.track(shop("/last"))
        assert live.next()["params"]["url"] == "/last"


def test_what_the_feed_no_longer_keeps_is_read_from_the_log(sqlite_url: str) -> None:
    with (
        Service(sqlite_url, bounds={"live.feed.KEPT": 5}) as service,
        Listening(service.ask, action="page.visit") as live,
        Listening(service.ask, action="page.visit") as other,
    ):
        service.ask.track(shop("/0"))
        assert live.urls(1) == ["/0"]
        live.leave()
        service.ask.track(*(shop(f"/{number}") for number in range(1, 40)))
        assert other.urls(40)[-1] == "/39"
        with Listening(service.ask, live.last_event_id, action="page.visit") as again:
            assert again.urls(39) == [f"/{number}" for number in range(1, 40)]
            service.ask.track(shop("/40"))
            assert again.urls(1) == ["/40"]


@pytest.mark.parametrize("query", ["after=nonsense", "after=1.2.3.4.5.6.7.8", "customer=nobody", "action=none", "x=1"])
def test_what_cannot_be_listened_to_is_told_before_it_begins(on_sqlite: Service, query: str) -> None:
    answer = on_sqlite.ask("GET", f"/v1/live?{query}")
    assert answer.status == 400
    assert answer.document["message"]


def test_a_cursor_of_another_store_is_refused_in_the_header_as_well(on_sqlite: Service) -> None:
    assert on_sqlite.ask("GET", "/v1/live", Last_Event_ID="1.2.3.4.5.6.7").status == 400


def test_a_quiet_stream_is_kept_alive_and_tells_how_far_it_is(sqlite_url: str) -> None:
    with Service(sqlite_url, bounds={"live.feed.BEAT_SECONDS": 0.2}) as service:
        with Listening(service.ask, customer=BOB) as live:
            service.ask.track(shop("/of-alice"))
            before = live.last_event_id
            while live.next_place().id == before:
                pass
            assert live.next_place().data is None
        with Listening(service.ask, live.last_event_id) as again:
            service.ask.track(shop("/next"))
            assert again.next()["params"] == {"url": "/next"}


def test_a_stream_ends_in_order_when_the_server_is_told_to_stop(service: Service) -> None:
    listeners = [Listening(service.ask) for _ in range(20)]
    assert metric(service, "footfall_live_listeners") == 20
    assert service.stop() == 0
    for live in listeners:
        assert live.rest() == []
        assert live.response.isclosed()  # by the last chunk, and not by a connection that broke
        live.leave()


def test_listeners_that_do_not_read_hold_nothing_up(on_sqlite: Service, sqlite_url: str) -> None:
    request = f"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {on_sqlite.key}\r\n\r\n".encode()
    with ExitStack() as held, footfall.open(sqlite_url) as engine:
        for _ in range(5):
            held.enter_context(on_sqlite.ask.connected()).sendall(request)
        assert eventually(lambda: metric(on_sqlite, "footfall_live_listeners") == 5)
        for _ in range(12):  # far more than the buffers of a connection take, and so somebody is written to for ever
            assert all(engine.track_many([shop(f"/{'x' * 50_000}", uuid4()) for _ in range(40)]))
        # Those that are too far behind are sent away, and all of them are let go at the end.
        assert on_sqlite.stop() == 0


def test_a_client_that_left_is_noticed(on_sqlite: Service) -> None:
    listeners = [Listening(on_sqlite.ask) for _ in range(5)]
    assert metric(on_sqlite, "footfall_live_listeners") == 5
    for live in listeners[1:]:
        live.leave()
    assert eventually(lambda: metric(on_sqlite, "footfall_live_listeners") == 1)
    listeners[0].leave()


@pytest.mark.direct
def test_all_listeners_share_one_connection(postgres_url: str) -> None:
    with Service(postgres_url) as service:
        listeners = [Listening(service.ask) for _ in range(30)]
        listening = connections(postgres_url, LISTENERS)
        for live in listeners:
            live.leave()
    assert listening <= 2  # one of theirs, and one of the jobs'


def test_a_browser_listens_by_a_cookie_that_serves_for_nothing_else(on_sqlite: Service) -> None:
    given = on_sqlite.ask("POST", "/v1/live/cookie").headers["set-cookie"]
    cookie, *attributes = given.split("; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/v1/live"} <= set(attributes)
    connection = http.client.HTTPConnection(on_sqlite.ask.place)
    connection.request("GET", "/v1/live", headers={"Cookie": f"other=1; {cookie}"})
    assert connection.getresponse().status == 200
    connection.close()
    for path in ("/v1/status", "/metrics", "/v1/profiles"):
        connection.request("GET", path, headers={"Cookie": cookie})
        answer: Any = connection.getresponse()
        assert answer.status == 401
        answer.read()
    connection.close()


def test_live_events_end_when_their_key_is_revoked_and_those_of_others_go_on(
    service: Service, database_url: str
) -> None:
    with footfall.open(database_url) as engine:
        reader = Asking(service.ask.place, engine.create_server_key("reader", scopes=["read"]).key)
        assert eventually(lambda: reader("HEAD", "/v1/live").status == 200)
        with Listening(reader) as ending, Listening(service.ask, action="page.visit") as lasting:
            engine.revoke_key("reader")
            with pytest.raises(StopIteration):
                ending.next_place()
            assert ending.response.isclosed()  # by the last chunk
            service.ask.track(shop("/after"))
            assert lasting.urls(1) == ["/after"]


def test_listening_takes_a_key_that_may_read(on_sqlite: Service, sqlite_url: str) -> None:
    with footfall.open(sqlite_url) as engine:
        writes = engine.create_server_key("writer", scopes=["write"]).key
        public = engine.create_key("shop").key
    assert eventually(lambda: Asking(on_sqlite.ask.place, writes)("GET", "/v1/live").status == 403)
    assert Asking(on_sqlite.ask.place, public)("GET", "/v1/live").status == 403
    assert Asking(on_sqlite.ask.place, "sk_none")("GET", "/v1/live").status == 401
