"""A TCP proxy in front of PostgreSQL, which loses the reply to a COMMIT, cuts, stalls and delays."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType

import sqlalchemy as sa

_COMMIT = b"COMMIT"
_IDLE = b"Z\x00\x00\x00\x05I"
"""The server's message that it is ready and in no transaction, with which the reply to a COMMIT ends."""


class Proxy:
    """Listens on a port of its own; `url` leads through it. Closed on leaving."""

    def __init__(self, url: str) -> None:
        server = sa.make_url(url)
        given = server.query.get("host") or server.host or "localhost"
        self._server, self._port = str(given), int(server.port or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        query = {name: value for name, value in server.query.items() if name not in ("host", "sslmode")}
        through = server.set(host="127.0.0.1", port=self._door.getsockname()[1], query={**query, "sslmode": "disable"})
        self.url = through.render_as_string(hide_password=False)
        self.lost_replies = 0
        self.delay_seconds = 0.0
        self._losing = Event()
        self._flowing = Event()
        self._flowing.set()
        self._open: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flowing.set()
        _close(self._door)
        self.cut()

    def lose_next_reply(self) -> None:
        """The next COMMIT reaches the server, and what it answers reaches nobody: the connection is cut instead."""
        self._losing.set()

    def cut(self) -> None:
        """Cut every connection that there is."""
        while self._open:
            _close(self._open.pop())

    def stall(self) -> None:
        """Let nothing through any more, in either direction; connections stay open."""
        self._flowing.clear()

    def flow(self) -> None:
        """Let what was held up through, and all that follows."""
        self._flowing.set()

    def _accept(self) -> None:
        with suppress(OSError):  # the door was closed
            while True:
                client, _ = self._door.accept()
                server = self._connect()
                self._open += [client, server]
                lost = Event()
                Thread(target=self._send, args=(client, server, lost), daemon=True).start()
                Thread(target=self._reply, args=(server, client, lost), daemon=True).start()

    def _connect(self) -> socket.socket:
        if not self._server.startswith("/"):
            return socket.create_connection((self._server, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._server}/.s.PGSQL.{self._port}")
        return server

    def _send(self, client: socket.socket, server: socket.socket, lost: Event) -> None:
        with suppress(OSError):
            while data := client.recv(65_536):
                self._hold_up()
                if _COMMIT in data and self._losing.is_set():
                    self._losing.clear()
                    lost.set()
                server.sendall(data)
        _close(server)

    def _reply(self, server: socket.socket, client: socket.socket, lost: Event) -> None:
        with suppress(OSError):
            while data := server.recv(65_536):
                self._hold_up()
                if not lost.is_set():
                    client.sendall(data)
                elif data.endswith(_IDLE):
                    self.lost_replies += 1
                    break
        _close(client)

    def _hold_up(self) -> None:
        time.sleep(self.delay_seconds)
        self._flowing.wait()


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
