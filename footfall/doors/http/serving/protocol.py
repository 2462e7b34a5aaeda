"""uvicorn's protocol, for clients that take their time, or do not stop."""

from __future__ import annotations

import asyncio
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..asgi import WHOLE_BODY

HEAD_SECONDS = 10.0
"""So long a client may take to send the head of a request, and may have nothing to say once it is connected."""
MOST_HEAD = 65_536
"""Bytes of a head that comes in pieces."""
UNREAD_SECONDS = 4.0
"""So long a client may take to read what it was answered once the server stops."""
_WHOLE: Any = {WHOLE_BODY: {}}
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose client does not come to the end of a request's head, or does not stop sending a body
    that nobody reads. uvicorn itself waits for both, and keeps what comes. Whoever offers to go on in another protocol
    (`Upgrade`, as Java's client does with each request) is answered in this one."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._in_head = True
        self._head_began: float | None = None  # where it did not come in one piece
        self._head_size = 0
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client is there."""
        super().connection_made(transport)
        self._head_began = self.loop.time()
        self._look = self.loop.call_later(HEAD_SECONDS, self._look_at_head)

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Some of a request, or of several."""
        self._unset_keepalive_if_required()
        try:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as upgrade:
                self._go_on_without_upgrade(memoryview(data)[upgrade.args[0] :])
        except HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if not self._in_head:
            self._head_began = None
        elif self._head_began is None:
            self._head_began, self._head_size = self.loop.time(), 0
        else:
            self._head_size += len(data)
            if self._head_size > MOST_HEAD:
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self._in_head, self._head_began = True, None

    def on_headers_complete(self) -> None:
        """The head is there."""
        if self.parser.should_upgrade():
            return  # it is read once more, without
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of a request is there."""
        if self._in_head:
            return  # it was not read as what it is: see there
        self.scope["extensions"] = _WHOLE
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The request is answered, also where its body is still coming."""
        is_last = not self.pipeline  # else it has come whole, and what waits is begun
        super().on_response_complete()
        if is_last and self.cycle.more_body:
            self.transport.close()

    def shutdown(self) -> None:
        """The server stops: what is not read before long is not waited for."""
        super().shutdown()
        self.loop.call_later(UNREAD_SECONDS, self._cut_off)

    def _go_on_without_upgrade(self, rest: memoryview) -> None:
        # The parser takes a request that offers another protocol for one without a body, and what follows for words of
        # that protocol: here it would be lost, or the body taken for the next request. So the head is read anew, as its
        # client would have written it without the offer.
        while True:
            method = self.parser.get_method()
            if method == b"CONNECT":
                self.send_400_response("This is no proxy.")
                return
            version = self.parser.get_http_version().encode()
            lines = [name + b": " + value for name, value in self.headers if name != b"upgrade"]
            head = b"\r\n".join([b"%b %b HTTP/%b" % (method, self.url, version), *lines, b"", b""])
            self.parser = HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            self.parser.feed_data(head)
            try:
                self.parser.feed_data(rest)
            except HttpParserUpgrade as again:
                rest = rest[again.args[0] :]
            else:
                return

    def _cut_off(self) -> None:
        if self.transport.is_closing():
            self.transport.abort()

    def _look_at_head(self) -> None:
        # One timer for a connection, and none for each request: it may take twice as long.
        now = self.loop.time()
        if self._in_head and self._head_began is not None and now - self._head_began >= HEAD_SECONDS:
            self.transport.close()
        else:
            self._look = self.loop.call_later(HEAD_SECONDS, self._look_at_head)
