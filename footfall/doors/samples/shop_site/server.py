"""The shop's own server: its page, and the live events of Footfall, which it reads with a key that no page sees."""

from __future__ import annotations

import sys
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_PAGES = Path(__file__).parent / "pages"
_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript"}


class ShopServer(ThreadingHTTPServer):
    """Listens on a port of this machine, 0 for a free one. Raises `SystemExit` where it is taken."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            sys.exit(f"port {port} cannot be listened on ({error.strerror}); another one: make shop SHOP='--port 8081'")
        port = self.server_address[1]
        self.url = f"http://127.0.0.1:{port}/"
        self.origins = [f"http://127.0.0.1:{port}", f"http://localhost:{port}"]
        self.events = self.public_key = self.secret = ""

    def opens(self, events: str, public_key: str, secret: str) -> None:
        """Say where Footfall is, with the key of the page and the one for reading."""
        self.events, self.public_key, self.secret = events, public_key, secret

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Browsers close connections in the middle: that is no error."""


class _Handler(BaseHTTPRequestHandler):
    server: ShopServer

    def do_GET(self) -> None:
        """A file of the shop, the live events, or for any other address the shop's one page."""
        path = urlsplit(self.path).path
        file = _PAGES / Path(path).name
        if path == "/live":
            self._pass_on()
        else:
            self._send(file if file.suffix in _TYPES and file.is_file() else _PAGES / "index.html")

    def _send(self, file: Path) -> None:
        shop = self.server
        text = file.read_text()
        if file.suffix == ".html":
            text = text.replace("{events}", shop.events).replace("{key}", shop.public_key)
        self._head(200, _TYPES[file.suffix], str(len(text.encode())))
        self.wfile.write(text.encode())

    def _pass_on(self) -> None:
        # The browser says itself after which event it wants to go on.
        last = self.headers.get("Last-Event-ID")
        headers = {"Authorization": f"Bearer {self.server.secret}"} | ({"Last-Event-ID": last} if last else {})
        connection = HTTPConnection(urlsplit(self.server.events).netloc, timeout=60)
        try:
            connection.request("GET", "/v1/live", headers=headers)
            answer = connection.getresponse()
            self._head(answer.status, answer.headers["Content-Type"])
            while told := answer.read1():
                self.wfile.write(told)
        except (OSError, HTTPException):
            self.close_connection = True
        finally:
            connection.close()

    def _head(self, status: int, content_type: str, length: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Cache-Control", "no-store")
        policy = f"default-src 'self'; script-src 'self' {self.server.events}; connect-src 'self' {self.server.events}"
        self.send_header("Content-Security-Policy", f"{policy}; img-src 'self' data:")
        if length is not None:
            self.send_header("Content-Length", length)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is the library's
        """Nothing: what matters is on the page."""
