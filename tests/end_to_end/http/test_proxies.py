"""The service behind nginx and Caddy, with the settings that the page on HTTP gives."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

import footfall
from tests.contracts.subscription.following import eventually
from tests.contracts.support import ALICE, BOB
from tests.end_to_end.http.service import Service

PAGE = (Path(__file__).parents[3] / "docs" / "http.md").read_text()
HOST = "events.shop.example"
VISIT = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}}
PATIENCE_SECONDS = 60.0
TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""The certificate is of this test's own making."""
TRUSTING.check_hostname, TRUSTING.verify_mode = False, ssl.CERT_NONE
TRUSTING.set_alpn_protocols(["http/1.1"])
_MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


class Proxy(NamedTuple):
    """A proxy at a port, before a service."""

    port: int
    service: Service

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask through it."""
        headers = {"authorization": f"Bearer {self.service.key}", **options.pop("headers", {})}
        url = f"https://127.0.0.1:{self.port}{path}"
        return httpx.request(method, url, headers=headers, verify=TRUSTING, timeout=PATIENCE_SECONDS, **options)

    def raw(self, sent: bytes) -> bytes:
        """All that comes back until the proxy ends the connection."""
        with closing(self.connected()) as connection:
            connection.sendall(sent)
            answer = b""
            try:
                while part := connection.recv(65_536):
                    answer += part
            except ConnectionError:
                pass
            return answer

    def connected(self) -> ssl.SSLSocket:
        """A bare connection."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS)
        return TRUSTING.wrap_socket(plain, server_hostname=HOST)


def nginx(settings: str, folder: Path, port: int, certificate: Path) -> list[str]:
    """The command that runs it with these settings, except where they name places and wait long."""
    site = (
        settings.replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace(f"/etc/ssl/{HOST}.pem", str(certificate))
        .replace(f"/etc/ssl/{HOST}.key", str(certificate))
        .replace("/var/log/nginx/", f"{folder}/")
        .replace("10s;", "1s;")
        .replace("location / {", "location = /v1/profiles { return 403; }\n    location / {")
    )
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, site=site))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "user root;"]


def caddy(settings: str, folder: Path, port: int, certificate: Path) -> list[str]:
    """The same for Caddy."""
    here = f"https://{HOST}:{port}, https://127.0.0.1:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate} {certificate}\n"
    site = (
        settings.replace(f"{HOST} {{", f"{here}\trespond /v1/profiles 403")
        .replace("{\n\tservers", "{\n\tadmin off\n\tauto_https disable_redirects\n\tservers", 1)
        .replace("read_header 10s", "read_header 1s")
        .replace("read_body 2m", "read_body 4s")
    )
    (folder / "Caddyfile").write_text(site)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


PROXIES: dict[str, tuple[str, Callable[[str, Path, int, Path], list[str]]]] = {
    "nginx": ("nginx", nginx),
    "caddy": ("caddyfile", caddy),
}


@pytest.fixture(params=PROXIES)
def proxy(request: pytest.FixtureRequest, tmp_path: Path, sqlite_url: str) -> Iterator[Proxy]:
    """A service behind a proxy."""
    language, command = PROXIES[request.param]
    (settings,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with Service(
        sqlite_url, "--trusted-proxy", "127.0.0.1", "--rate-by-address", "5", "--body-seconds", "1"
    ) as service:
        settings = settings.replace("127.0.0.1:8000", service.ask.place)
        arguments = command(settings, tmp_path, port, certificate(tmp_path))
        quiet = subprocess.DEVNULL
        with subprocess.Popen(arguments, cwd=tmp_path, stdout=quiet, stderr=quiet) as process:
            try:
                started = Proxy(port, service)
                assert eventually(lambda: answers(started)), process.poll()
                yield started
            finally:
                process.terminate()


def certificate(folder: Path) -> Path:
    """A certificate and its key, in one file."""
    file = folder / "own.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    names = ["-addext", f"subjectAltName=DNS:{HOST},IP:127.0.0.1"]
    subprocess.run([*command, *names, "-keyout", file, "-out", folder / "crt"], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + (folder / "crt").read_bytes())
    return file


def answers(proxy: Proxy) -> bool:
    try:
        return proxy.ask("GET", "/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_it_passes_on_what_it_should(proxy: Proxy, sqlite_url: str) -> None:
    sent = proxy.ask("POST", "/v1/events", json=VISIT)
    assert sent.json()["results"][0]["status"] == "accepted"
    assert proxy.ask("GET", f"/v1/customers/{ALICE}/profile").json()["counts"] == {"page.visit": 1}
    # A token as long as they may be is judged by the door, and not by the proxy.
    refused = proxy.ask("GET", "/v1/status", headers={"authorization": f"Bearer {'x' * 8_000}"})
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/json")
    assert proxy.ask("POST", "/v1/events", content=b" " * 1_100_000).status_code == 413
    large = json.dumps([VISIT] * 1_000).ljust(999_000).encode()
    assert len(proxy.ask("POST", "/v1/events", content=large).json()["results"]) == 1_000
    with footfall.open(sqlite_url) as engine:
        assert engine.stats().events == 1_001


def test_nobody_says_where_it_comes_from(proxy: Proxy, sqlite_url: str) -> None:
    with footfall.open(sqlite_url) as engine:
        key = engine.create_key("till").key
    statuses = []
    for number in range(7):
        said = f"198.51.100.{number}"
        headers = {"footfall-key": key, "x-forwarded-for": said, "x-real-ip": said, "forwarded": f"for={said}"}
        url = f"https://127.0.0.1:{proxy.port}/v1/events"
        statuses.append(httpx.post(url, json=VISIT, headers=headers, verify=TRUSTING).status_code)
    assert statuses == [200] * 5 + [429] * 2


def test_live_events_come_at_once(proxy: Proxy) -> None:
    with closing(proxy.connected()) as listening:
        head = f"GET /v1/live HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {proxy.service.key}\r\n\r\n"
        listening.sendall(head.encode())
        heard = b""
        while b"retry:" not in heard:
            heard += listening.recv(65_536)
        proxy.ask("POST", "/v1/events", json=VISIT | {"uuid": str(BOB)})
        while str(BOB).encode() not in heard:
            part = listening.recv(65_536)
            assert part
            heard += part


def test_the_body_of_who_offers_another_protocol_is_taken(proxy: Proxy) -> None:
    body = json.dumps(VISIT)
    lines = f"Host: {HOST}\r\nAuthorization: Bearer {proxy.service.key}\r\nContent-Length: {len(body)}\r\n"
    for offer in ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c", "Connection: Upgrade\r\nUpgrade: websocket"):
        with closing(proxy.connected()) as connection:
            connection.sendall(f"POST /v1/events HTTP/1.1\r\n{lines}{offer}\r\n\r\n".encode())
            time.sleep(0.1)
            connection.sendall(body.encode())
            assert b'"status":"accepted"' in connection.recv(65_536)


# Requests that two servers may read in two ways: what lies in them is for a path that the proxy forbids.


def inner(proxy: Proxy) -> str:
    return f"GET /v1/profiles HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {proxy.service.key}\r\n\r\n"


SMUGGLED: dict[str, Callable[[str], str]] = {
    "length and chunks": lambda inside: (
        f"Content-Length: {len(inside) + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inside}"
    ),
    "chunks and length": lambda inside: (
        f"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{len(inside):x}\r\n{inside}\r\n0\r\n\r\n"
    ),
    "two lengths": lambda inside: f"Content-Length: 0\r\nContent-Length: {len(inside)}\r\n\r\n{inside}",
    "a blank before the colon": lambda inside: (
        f"Content-Length: {len(inside) + 5}\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inside}"
    ),
    "chunks by another name": lambda inside: (
        f"Content-Length: {len(inside) + 5}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inside}"
    ),
    "chunks twice": lambda inside: (
        f"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{inside}"
    ),
    "a folded line": lambda inside: (
        f"Content-Length: {len(inside) + 5}\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{inside}"
    ),
    "a length with a sign": lambda inside: f"Content-Length: +{len(inside)}\r\n\r\n{inside}",
    "a size of a chunk that is none": lambda inside: f"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{inside}",
    "line ends without CR": lambda inside: f"Content-Length: 0\nTransfer-Encoding: chunked\n\n0\n\n{inside}",
    "an offer of another protocol": lambda inside: (
        f"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: {len(inside)}\r\n\r\n{inside}"
    ),
    "nothing odd": lambda inside: f"Content-Length: 0\r\n\r\n{inside}",
}


def test_what_two_servers_might_read_in_two_ways_does_not_get_past_the_proxy(proxy: Proxy) -> None:
    assert proxy.service.ask("GET", "/v1/profiles").status == 200  # the control: the door itself would answer
    for name, lines in SMUGGLED.items():
        whole = f"POST /v1/events HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n{lines(inner(proxy))}"
        end = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n"
        answer = proxy.raw((whole + end).encode())
        assert b'"uuid"' not in answer, name
        assert b"\r\n[" not in answer, name


def test_who_is_too_slow_is_not_waited_for(proxy: Proxy) -> None:
    assert proxy.ask("POST", "/v1/events", json=VISIT).status_code == 200
    proxy.raw(b"POST /v1/events HTTP/1.1\r\nHost: ")
    slow = f"POST /v1/events HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {proxy.service.key}\r\n"
    answer = proxy.raw(f"{slow}Content-Type: application/json\r\nContent-Length: 500\r\n\r\n[".encode())
    assert b" 408 " in answer or answer == b""  # nginx has no word for it
