"""Requests that a server may misread: those that offer another protocol, that follow each other at once, or that are
refused while their bodies still come."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from typing import Any

import pytest

from tests.end_to_end.http.service import Service
from tests.end_to_end.http.test_serve import shop

UPGRADE = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk\r\n"
"""As Java's client sends it with each request."""


def head(service: Service, method: str, path: str, lines: str = "") -> bytes:
    told = f"{method} {path} HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer {service.key}\r\n{lines}\r\n"
    return told.encode()


def whole(service: Service, event: Any, lines: str = "") -> bytes:
    body = json.dumps(event, default=str).encode()
    return head(service, "POST", "/v1/events", f"Content-Length: {len(body)}\r\n{lines}") + body


def answers(connection: socket.socket, number: int) -> bytes:
    """All that came, once there are so many answers."""
    came = b""
    while came.count(b"HTTP/1.1 ") < number or not came.endswith(b"}"):
        part = connection.recv(65_536)
        assert part, came
        came += part
    return came


@pytest.mark.parametrize("protocol", ["h2c", "websocket"])
def test_the_body_of_who_offers_another_protocol_is_taken(on_sqlite: Service, protocol: str) -> None:
    sent = whole(on_sqlite, shop(), UPGRADE.replace("h2c", protocol))
    with on_sqlite.ask.connected() as connection:  # which is good for all of them
        for cut in (len(sent), 60, sent.index(b"grade: "), sent.index(b"h2c") if b"h2c" in sent else 200, -1):
            connection.sendall(sent[:cut])
            time.sleep(0.05)
            connection.sendall(sent[cut:])
            assert b'"results":[{"status"' in answers(connection, 1)


def test_chunks_of_who_offers_another_protocol_are_taken(on_sqlite: Service) -> None:
    body = json.dumps(shop(), default=str).encode()
    lines = f"Transfer-Encoding: chunked\r\n{UPGRADE}Connection: close\r\n"
    sent = head(on_sqlite, "POST", "/v1/events", lines) + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert b'"status":"accepted"' in on_sqlite.ask.raw(sent)


def test_curl_is_answered_that_would_rather_speak_http_2(on_sqlite: Service) -> None:
    body = json.dumps(shop(), default=str)
    command = ["curl", "--silent", "--http2", "--json", body, "-H", f"Authorization: Bearer {on_sqlite.key}"]
    done = subprocess.run([*command, f"{on_sqlite.url}/v1/events"], capture_output=True, text=True, check=True)
    assert '"status":"accepted"' in done.stdout


def test_a_body_that_comes_after_the_offer_of_another_protocol_is_no_request(on_sqlite: Service) -> None:
    inside = head(on_sqlite, "GET", "/v1/profiles")
    lines = f"Content-Length: {len(inside)}\r\nConnection: close\r\n"
    with on_sqlite.ask.connected() as connection:
        connection.sendall(head(on_sqlite, "POST", "/v1/events", UPGRADE + lines))
        time.sleep(0.1)
        connection.sendall(inside)
        came = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert came.startswith(b"HTTP/1.1 400")
    assert b"invalid_json" in came
    assert came.count(b"HTTP/1.1 ") == 1


def test_what_follows_the_offer_of_another_protocol_is_answered_too(on_sqlite: Service) -> None:
    one, last = (head(on_sqlite, "GET", "/healthz", UPGRADE + more) for more in ("", "Connection: close\r\n"))
    assert on_sqlite.ask.raw(one * 1_500 + last).count(b"HTTP/1.1 200 OK") == 1_501


def test_a_tunnel_is_refused_and_what_follows_is_not_read(on_sqlite: Service) -> None:
    came = on_sqlite.ask.raw(b"CONNECT x.example:443 HTTP/1.1\r\nHost: x.example\r\n\r\n" + whole(on_sqlite, shop()))
    assert came.startswith(b"HTTP/1.1 400")
    assert came.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("first", ["GET", "POST"])
def test_a_request_that_follows_at_once_is_answered_though_its_body_comes_later(on_sqlite: Service, first: str) -> None:
    before = head(on_sqlite, "GET", "/healthz") if first == "GET" else whole(on_sqlite, shop())
    later = whole(on_sqlite, shop())
    body_at = later.index(b"\r\n\r\n") + 4
    with on_sqlite.ask.connected() as connection:
        connection.sendall(before + later[:body_at])
        time.sleep(0.15)
        connection.sendall(later[body_at:])
        assert b'"status":"accepted"' in answers(connection, 2).rpartition(b"HTTP/1.1 200")[2]


def test_who_is_refused_while_it_is_still_sending_hears_of_it(on_sqlite: Service) -> None:
    long = "Content-Length: 900000\r\n"
    unknown = head(on_sqlite, "POST", "/v1/events", long).replace(on_sqlite.key.encode(), b"sk_unknown")
    refused = {
        401: unknown,
        404: head(on_sqlite, "POST", "/v1/nothing", long),
        415: head(on_sqlite, "POST", "/v1/events", f"{long}Content-Type: text/html\r\n"),
    }
    for status, begun in refused.items():
        with on_sqlite.ask.connected() as connection:
            connection.sendall(begun)
            time.sleep(0.1)
            for _ in range(9):
                connection.sendall(b" " * 100_000)
            assert answers(connection, 1).startswith(b"HTTP/1.1 %d " % status)
            connection.sendall(whole(on_sqlite, shop()))  # and it may go on
            assert b'"status":"accepted"' in answers(connection, 1)


def test_who_is_still_sending_when_it_is_told_to_stop_is_told_to_come_again(sqlite_url: str) -> None:
    with Service(sqlite_url, bounds={"serving.server.BODY_SECONDS": 0.5}) as service:
        with service.ask.connected() as silent:
            silent.sendall(head(service, "POST", "/v1/events", "Content-Length: 100\r\n") + b"[")
            time.sleep(0.3)
            assert service.stop() == 0
            came = b"".join(iter(lambda: silent.recv(65_536), b""))
        assert came.startswith(b"HTTP/1.1 503")
        assert b'"code":"closing"' in came
        assert service.err.rest() == []


def test_what_takes_too_long_when_it_is_told_to_stop_is_told_so(sqlite_url: str) -> None:
    with Service(sqlite_url, bounds={"serving.server.GRACE_SECONDS": 1}) as service:
        with service.ask.connected() as silent:
            silent.sendall(head(service, "POST", "/v1/events", "Content-Length: 100\r\n") + b"[")
            time.sleep(0.3)
            assert service.stop() == 1
            came = b"".join(iter(lambda: silent.recv(65_536), b""))
        assert b'"code":"closing"' in came
        assert [line for line in service.err.rest() if "Traceback" in line or line.startswith(" ")] == []
