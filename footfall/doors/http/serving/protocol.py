"""uvicorn's protocol, for clients that take their time, or do not stop."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 10.0
"""So long a client may take to send the head of a request, and may have nothing to say once it is connected."""
MOST_HEAD = 65_536
"""Bytes of a head that comes in pieces."""
UNREAD_SECONDS = 4.0
"""So long a client may take to read what it was answered once the server stops."""
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose client does not come to the end of a request's head, or does not stop sending a body
    that nobody reads. uvicorn itself waits for both, and keeps what comes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_ends: asyncio.TimerHandle | None = None
        self._head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """A client is there."""
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, error: Exception | None) -> None:
        """It is gone."""
        self._await_nothing()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Some of a request, or of several."""
        awaited = self._head_ends
        super().data_received(data)
        if awaited is not None and self._head_ends is awaited:
            self._head_size += len(data)
            if self._head_size > MOST_HEAD:
                self._await_nothing()
                self.transport.write(_TOO_LARGE)
                self.transport.close()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        if self._head_ends is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._await_nothing()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The request is answered, also where its body is still coming."""
        super().on_response_complete()
        if self.cycle.more_body and not self.pipeline:
            self.transport.close()

    def shutdown(self) -> None:
        """The server stops: what is not read before long is not waited for."""
        super().shutdown()
        self.loop.call_later(UNREAD_SECONDS, self._cut_off)

    def _cut_off(self) -> None:
        if self.transport.is_closing():
            self.transport.abort()

    def _await_head(self) -> None:
        self._head_size = 0
        self._head_ends = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _await_nothing(self) -> None:
        if self._head_ends is not None:
            self._head_ends.cancel()
            self._head_ends = None

    def _give_up(self) -> None:
        self._head_ends = None
        self.transport.close()
