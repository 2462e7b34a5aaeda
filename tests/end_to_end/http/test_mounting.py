"""The door under the servers and in the sites that it is documented for, each of them really running."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.contracts.processes.test_hosts import free_port, running
from tests.contracts.support import ALICE, BOB, named
from tests.end_to_end.http.listening import Listening
from tests.end_to_end.http.service import Asking, server_key
from tests.end_to_end.http.test_serve import shop


class Host(NamedTuple):
    """A server with a site: its arguments, in which `{port}` stands for the port, and where the door is in the site."""

    arguments: str
    site: str
    below: str = ""

    @contextmanager
    def asked(self, url: str, folder: Path) -> Iterator[Asking]:
        """The door of the running site on a store. What the server says has no traceback in it in the end."""
        key, port = server_key(url), free_port()
        arguments = [*self.arguments.format(port=port).split(), "tests.end_to_end.http.sites:app"]
        with running(arguments, folder, url, SITE_APP=self.site) as told:
            ask = Asking(f"127.0.0.1:{port}", key, self.below)
            ask.await_()
            yield ask
            assert "Traceback" not in told.read_text(), told.read_text()


_UVICORN, _HYPERCORN = "uvicorn --port {port}", "hypercorn --bind 127.0.0.1:{port}"
_GRANIAN = "granian --interface asgi --port {port}"
_GUNICORN = "gunicorn --no-control-socket --workers 2 --bind 127.0.0.1:{port}"
_GTHREAD = f"{_GUNICORN} --worker-class gthread --threads 4"
_WAITRESS = "waitress --listen=127.0.0.1:{port}"
ASGI = {
    "uvicorn": Host(_UVICORN, "door"),
    "uvicorn with a root path": Host(f"{_UVICORN} --root-path /shop", "door"),
    "uvicorn with h11": Host(f"{_UVICORN} --http h11", "door"),
    "hypercorn": Host(_HYPERCORN, "door"),
    "hypercorn with a root path": Host(f"{_HYPERCORN} --root-path /shop", "door"),
    "granian": Host(_GRANIAN, "door"),
    "granian with a prefix": Host(f"{_GRANIAN} --url-path-prefix /shop", "door", "/shop"),
    "FastAPI": Host(_UVICORN, "fastapi", "/footfall"),
    "Starlette": Host(_UVICORN, "starlette", "/footfall"),
    "Starlette under hypercorn": Host(_HYPERCORN, "starlette", "/footfall"),
    "Django's ASGI": Host(_UVICORN, "django asgi", "/footfall"),
    "gunicorn, loaded before its workers": Host(f"{_GUNICORN} --preload --worker-class asgi", "door"),
}
WSGI = {
    "gunicorn": Host(_GTHREAD, "wsgi"),
    "gunicorn, loaded before its workers": Host(f"{_GTHREAD} --preload", "wsgi"),
    "waitress": Host(_WAITRESS, "wsgi"),
    "Django's WSGI": Host(f"{_GTHREAD} --preload", "django wsgi", "/footfall"),
    "Flask": Host(f"{_GTHREAD} --preload", "flask", "/footfall"),
    "Flask under waitress": Host(_WAITRESS, "flask", "/footfall"),
}


def works(ask: Asking) -> None:
    """Events go in one by one, many at once and in a batch; profiles come out, and refusals."""
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: ask.track(shop("/", named(f"{number}"))), range(24)))
    assert [answer.statuses for answer in answers] == [["accepted"]] * 24
    batch = [shop(f"/{number}") for number in range(80)]
    assert ask.track(*batch).statuses == ["accepted"] * 80
    assert ask("POST", "/v1/events/", batch).statuses == ["duplicate"] * 80
    assert ask("GET", f"/v1/customers/{ALICE}/profile").document["events"] == 80
    assert ask("GET", f"/v1/customers/{ALICE}/visits?limit=2").status == 200
    assert ask("PUT", "/v1/definitions/shop.tea", {"label": "Tea \u2615"}).document["label"] == "Tea \u2615"
    assert ask("GET", "/v1/nothing").status == 404
    assert ask("POST", "/v1/events", b"{", Content_Type="application/json").document["code"] == "invalid_json"
    assert ask("GET", "/readyz").status == 200
    assert b"footfall_http_answers_total" in ask("GET", "/metrics").body
    assert ask("GET", "/footfall.js").headers["content-type"].startswith("text/javascript")


def refuses_what_is_too_large(ask: Asking, *, when_it_is_there: bool = False) -> None:
    """By its length, unless the server reads it whole before it asks the door."""
    head = f"POST {ask.root}/v1/events HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer {ask.key}\r\n"
    sent = f"{head}Content-Length: 2000000\r\nConnection: close\r\n\r\n".encode()
    assert ask.raw(sent + b" " * (2_000_000 * when_it_is_there)).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("name", ASGI)
def test_an_asgi_host(name: str, sqlite_url: str, tmp_path: Path) -> None:
    with ASGI[name].asked(sqlite_url, tmp_path) as ask:
        works(ask)
        refuses_what_is_too_large(ask)
        with Listening(ask, customer=BOB, action="page.visit") as live:
            ask.track(shop("/heard", BOB))
            assert live.next()["params"]["url"] == "/heard"


@pytest.mark.parametrize("name", ["uvicorn with h11", "hypercorn", "granian"])
def test_a_host_takes_the_body_of_who_offers_another_protocol(name: str, sqlite_url: str, tmp_path: Path) -> None:
    with ASGI[name].asked(sqlite_url, tmp_path) as ask:
        body = b"[]"
        head = f"POST /v1/events HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer {ask.key}\r\n"
        sent = (
            f"{head}Connection: close, Upgrade\r\nUpgrade: h2c\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        assert b'{"results":[]}' in ask.raw(sent)


@pytest.mark.parametrize("site", ["fastapi", "django asgi"])
def test_a_host_that_stops_ends_live_streams_without_a_word(site: str, sqlite_url: str, tmp_path: Path) -> None:
    host = Host(f"{_UVICORN} --timeout-graceful-shutdown 1", site, "/footfall")
    with host.asked(sqlite_url, tmp_path) as ask:
        live = Listening(ask, action="page.visit")
    live.leave()
    assert "Traceback" not in (tmp_path / "told.txt").read_text()


@pytest.mark.parametrize("name", WSGI)
def test_a_wsgi_host(name: str, sqlite_url: str, tmp_path: Path) -> None:
    with WSGI[name].asked(sqlite_url, tmp_path) as ask:
        works(ask)
        refuses_what_is_too_large(ask, when_it_is_there="waitress" in name)
        assert ask("GET", "/v1/live").status == 501


@pytest.mark.parametrize("name", ["gunicorn", "waitress"])
def test_a_wsgi_host_takes_no_body_whose_length_it_is_not_told(name: str, sqlite_url: str, tmp_path: Path) -> None:
    with WSGI[name].asked(sqlite_url, tmp_path) as ask:
        head = (
            f"POST /v1/events HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer {ask.key}\r\nConnection: close\r\n"
        )
        body = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n"
        answer = ask.raw((head + body).encode())
    # waitress reads it to its end, and tells then how long it was.
    assert answer.startswith(b"HTTP/1.1 411" if name == "gunicorn" else b"HTTP/1.1 200"), answer
