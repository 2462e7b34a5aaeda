"""Small HTTP servers in a thread, for pages and for what pages send."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1, as browsers meet it; tells nothing on standard error."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the library's
        """Nothing: what came is looked at by the tests."""

    def respond(self) -> None:
        """Answer a request."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Whatever is asked for."""
        self.respond()

    def do_POST(self) -> None:
        """Whatever is brought."""
        self.respond()

    def do_OPTIONS(self) -> None:
        """Whatever a browser asks beforehand."""
        self.respond()

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Answer; an underscore in a header's name is a hyphen."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.write(body)

    def write(self, body: bytes) -> None:
        """Send a body."""
        self.wfile.write(body)


class Serving:
    """A server on a free port of this machine, from entering to leaving."""

    def __init__(self, handler: type[Handler]) -> None:
        self._server = _Quiet(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers close connections in the middle: that is no error here."""
