"""The door under WSGI, where a server hands over what it has in its own way."""

from __future__ import annotations

from typing import Any

import footfall
from tests.doors.http.conftest import Keys


class Broken:
    """A body whose connection breaks."""

    def read(self, _size: int) -> bytes:
        raise ConnectionResetError


def test_a_client_that_breaks_off_in_its_body_is_no_fault(in_memory: footfall.Engine, keys: Keys, caplog: Any) -> None:
    told: list[tuple[str, list[tuple[str, str]]]] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/events",
        "CONTENT_LENGTH": "500",
        "HTTP_AUTHORIZATION": f"Bearer {keys.server}",
        "wsgi.url_scheme": "http",
        "wsgi.input": Broken(),
    }
    answer = footfall.wsgi(in_memory)(environ, lambda status, headers: told.append((status, headers)))
    assert b"".join(answer) == b""
    assert told == [("400 Bad Request", [("content-length", "0")])]
    assert caplog.records == []
    assert in_memory.stats().events == 0
