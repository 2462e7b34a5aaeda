"""The server as its users start it: events come in over sockets, and out of the store."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psutil  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa

import footfall
from footfall.doors.http import extra
from footfall.infrastructure.database.database import Database
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, OpenEngine, named, visit
from tests.end_to_end.cli.program import Program, run
from tests.end_to_end.http.service import Asking, Service, server_key


def shop(url: str = "/", customer: UUID = ALICE) -> dict[str, Any]:
    return {"uuid": customer, "action": "page.visit", "params": {"url": url}, "event_id": uuid4()}


def test_what_comes_in_is_in_the_store_and_in_the_views(service: Service, database_url: str) -> None:
    first = shop("/a")
    assert service.ask.track(first).statuses == ["accepted"]
    assert service.ask.track(first, shop("/b"), {"uuid": ALICE, "action": "no.such"}).statuses == [
        "duplicate",
        "accepted",
        "rejected",
    ]
    with footfall.open(database_url) as engine:
        assert engine.profile(ALICE).events == 2
        assert eventually(lambda: [row.url for row in engine.page_visits(ALICE, fresh=False)] == ["/b", "/a"])
    profile = service.ask("GET", f"/v1/customers/{ALICE}/profile").document
    assert profile["events"] == 2


def test_page_facts_are_set_where_it_is_started(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTFALL_ADDRESS_KEY", "00" * 32)
    with footfall.open(sqlite_url) as engine:
        engine.create_key("shop", origins=["https://shop.example"])
        key = engine.keys()[0].key_id
    facts = ("--page-facts", "browser", "--address", "hashed")
    with Service(sqlite_url, *facts) as service, footfall.open(sqlite_url) as engine:
        page, headers = Asking(service.ask.place, key), {"Origin": "https://shop.example", "User-Agent": "curl/8"}
        assert page("POST", "/v1/events", shop("/?utm_source=mail"), **headers).statuses == ["accepted"]
        (kept,) = [entry.params for entry in engine.timeline(ALICE, raw=True) if entry.action == "page.visit"]
    assert len(kept.pop("address")) == 64
    assert kept.keys() <= {"url", "browser", "bot"}


def test_sessions_end_while_it_serves(sqlite_url: str) -> None:
    key = server_key(sqlite_url)
    with Service(sqlite_url, key=key) as service, footfall.open(sqlite_url) as engine:
        service.ask.track(visit(ALICE, 0))  # which is long ago
        assert eventually(lambda: "session.end" in [entry.action for entry in engine.timeline(ALICE)])


def test_many_at_once_are_each_answered(service: Service, database_url: str) -> None:
    def send(number: int) -> list[str]:
        events = [shop(f"/{number}/{at}", named(f"{number}")) for at in range(1 + 60 * (number % 2))]
        return service.ask.track(*events).statuses

    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(send, range(200)))
    assert {status for answer in answers for status in answer} == {"accepted"}
    with footfall.open(database_url) as engine:
        assert engine.status().log_head >= 100 * 61 + 100
        assert [engine.profile(named(f"{number}")).events for number in (0, 1, 198, 199)] == [1, 61, 1, 61]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_it_is_told_to(on_sqlite: Service, number: int) -> None:
    assert on_sqlite.stop(number) == 0
    assert on_sqlite.err.rest() == []


def test_what_was_begun_is_answered_before_it_ends(
    database_url: str, engine_at: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_LOCK_TIMEOUT", "PT60S")
    with Service(database_url) as service, ThreadPoolExecutor(41) as threads:
        with held(database_url):
            sent = [threads.submit(service.ask.track, shop("/", named(f"{number}"))) for number in range(40)]
            assert eventually(lambda: waiting(service) == 40)
            ended = threads.submit(service.stop)
            assert eventually(lambda: not listens(service))
            assert not any(one.done() for one in sent)
        assert [one.result().statuses for one in sent] == [["accepted"]] * 40
        assert ended.result() == 0
    engine = engine_at(database_url)
    assert all(engine.profile(named(f"{number}")).events == 1 for number in range(40))


def test_clients_under_way_lose_nothing_that_was_acknowledged_when_it_is_told_to_stop(
    service: Service, database_url: str, engine_at: OpenEngine
) -> None:
    acknowledged: list[UUID] = []

    def send(number: int) -> None:
        while True:
            event = shop("/", named(f"{number}"))
            try:
                answer = service.ask.track(event)
            except OSError:
                return
            if answer.status != 503:
                assert answer.statuses == ["accepted"]
                acknowledged.append(event["event_id"])

    with ThreadPoolExecutor(16) as threads:
        clients = [threads.submit(send, number) for number in range(16)]
        assert eventually(lambda: len(acknowledged) > 100)
        assert service.stop() == 0
        for client in clients:
            client.result()
    engine = engine_at(database_url)
    entries = [engine.timeline(named(f"{number}"), limit=None) for number in range(16)]
    kept = {entry.event_id for timeline in entries for entry in timeline}
    assert {str(one) for one in acknowledged} <= kept


@contextmanager
def held(url: str) -> Iterator[None]:
    """Nobody else writes to the log meanwhile."""
    database = Database(url)
    try:
        with database.write() as connection:
            if not url.startswith("sqlite"):
                connection.execute(sa.text("LOCK TABLE footfall.log IN EXCLUSIVE MODE"))
            yield
    finally:
        database.close()


def waiting(service: Service) -> int:
    return int(metric(service, "footfall_http_waiting"))


def metric(service: Service, name: str) -> float:
    lines = service.ask("GET", "/metrics").body.decode().splitlines()
    (value,) = (line.removeprefix(name) for line in lines if line.startswith(f"{name} "))
    return float(value)


def listens(service: Service) -> bool:
    try:
        with service.ask.connected():
            return True
    except ConnectionRefusedError:
        return False


def test_a_client_that_does_not_come_to_the_end_of_a_head_is_left(sqlite_url: str) -> None:
    with Service(sqlite_url, bounds={"serving.protocol.HEAD_SECONDS": 0.5}) as service:
        assert service.ask.raw(b"") == b""
        assert service.ask.raw(b"POST /v1/events HTTP/1.1\r\nHost: x.example\r\nX-Slow: ") == b""
        whole = b"GET /healthz HTTP/1.1\r\nHost: x.example\r\n\r\n"
        assert service.ask.raw(whole + whole[:20]).count(b"200 OK") == 1


def test_a_head_without_end_is_refused(on_sqlite: Service) -> None:
    with on_sqlite.ask.connected() as connection, pytest.raises(ConnectionError):
        send_for_ever(connection, b"GET /healthz HTTP/1.1\r\nX-Long: ")
    assert on_sqlite.ask("GET", "/healthz").status == 200


def send_for_ever(connection: socket.socket, head: bytes) -> None:
    connection.sendall(head)
    while True:
        connection.sendall(b"a" * 10_000)
        time.sleep(0.001)


def test_a_body_that_does_not_come_is_not_waited_for(sqlite_url: str) -> None:
    head = b"POST /v1/events HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer %b\r\nContent-Length: 100\r\n\r\n"
    with Service(sqlite_url, "--body-seconds", "0.5") as service:
        answer = service.ask.raw(head % service.key.encode() + b"[")
        assert answer.startswith(b"HTTP/1.1 408"), answer
        # What nobody reads is not waited for either.
        assert service.ask.raw(head.replace(b"POST /v1/events", b"GET /healthz") % b"sk_x").startswith(b"HTTP/1.1 200")


def test_the_access_log_has_neither_queries_nor_keys(sqlite_url: str) -> None:
    with Service(sqlite_url, "--access-log") as service:
        service.ask("POST", "/v1/events?key=pk_secret", shop(), Footfall_Key="pk_secret")
        service.ask("GET", "/v1/%0Asessions%22%20?customer=private")
        service.stop()
        lines = service.err.rest()
    logged = [line.split(" INFO ")[1].split(" ", 1)[1] for line in lines if "/v1/" in line]
    assert [line.rsplit(" ", 2)[0] for line in logged] == [
        "127.0.0.1 POST /v1/events 401",
        "127.0.0.1 GET /v1/%0Asessions%22%20 404",
    ]
    assert not any(secret in line for line in lines for secret in ("pk_", "sk_", "private"))


@pytest.mark.parametrize(("trusted", "seen"), [((), "127.0.0.1"), (("--trusted-proxy", "127.0.0.1"), "192.0.2.7")])
def test_only_a_trusted_proxy_says_who_asks(sqlite_url: str, trusted: tuple[str, ...], seen: str) -> None:
    with Service(sqlite_url, "--access-log", *trusted) as service:
        service.ask("GET", "/healthz", X_Forwarded_For="192.0.2.7")
        assert service.err.next_with(f" {seen} GET /healthz 200")


@pytest.mark.parametrize("cut", [True, False])
def test_behind_a_proxy_that_shows_it_elsewhere(sqlite_url: str, cut: bool) -> None:
    with Service(sqlite_url, "--root-path", "/shop/events") as service:
        assert service.url.endswith("/shop/events")
        path = "/v1/events" if cut else "/shop/events/v1/events"
        asking = Asking(service.ask.place, service.key)
        assert asking("POST", path, shop()).statuses == ["accepted"]


def test_several_workers_share_a_port_and_one_that_is_killed_is_replaced(postgres_url: str) -> None:
    with Service(postgres_url, "--workers", "2") as service:
        family = psutil.Process(service.pid)
        assert eventually(lambda: len(workers(family)) == 2)
        victim = workers(family)[0]
        victim.kill()
        assert "another takes its place" in service.err.next_with("worker")
        assert eventually(lambda: len(set(workers(family)) - {victim}) == 2)
        answers = [service.ask.track(shop(f"/{number}")) for number in range(20)]
        assert [answer.statuses for answer in answers] == [["accepted"]] * 20
        with footfall.open(postgres_url) as engine:
            assert eventually(lambda: len(engine.page_visits(ALICE, fresh=False)) == 20)
        left = workers(family)
        assert service.stop() == 0
        assert not any(one.is_running() for one in left)


def workers(family: psutil.Process) -> list[psutil.Process]:
    return [one for one in family.children() if any("spawn_main" in part for part in one.cmdline())]


def test_a_port_that_is_taken_is_told(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        outcome = run("serve", "--database", sqlite_url, "--port", str(port))
    assert outcome.status == 2
    assert f"cannot listen at 127.0.0.1, port {port}: Address already in use" in outcome.err


def test_without_the_extra_it_says_what_to_install(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name == "uvicorn" else name)
    outcome = Program(sqlite_url, monkeypatch, capsys)("serve")
    assert outcome.status == 2
    assert "pip install 'footfall[http]'" in outcome.err
    assert "uvicorn" in outcome.err
