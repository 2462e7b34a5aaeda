"""The site that the servers serve: as WSGI and ASGI applications, and as a server of its own behind the proxies.

Runs outside of this project's environment, so it imports nothing of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_SECONDS = 2


def status_of(path: str) -> int:
    """What a path is answered with."""
    if path.startswith("/gone"):
        time.sleep(SLOW_SECONDS)
    return 302 if path.startswith("/redirect") else 404 if path.startswith("/missing") else 200


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The site for gunicorn, Twisted and CherryPy."""
    status = status_of(environ["PATH_INFO"])
    names = {200: "200 OK", 302: "302 Found", 404: "404 Not Found"}
    start_response(names[status], [("Content-Type", "text/html"), ("Content-Length", "3"), ("Location", "/plain")])
    return [b"ok\n"]


async def asgi(scope: dict[str, Any], _receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """The site for hypercorn."""
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/html"), (b"content-length", b"3"), (b"location", b"/plain")]
    await send({"type": "http.response.start", "status": status_of(scope["path"]), "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else b"ok\n"})


class Origin(BaseHTTPRequestHandler):
    """The site for proxies."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer."""
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(status_of(self.path.removeprefix("http://shop.example")))
        self.send_header("Content-Length", "3")
        self.send_header("Location", "/plain")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok\n")

    do_HEAD = do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Origin).serve_forever()
