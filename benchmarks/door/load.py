"""`python -m benchmarks.door.load PORT FILE`: sends prepared requests, each connection one after the other, and leaves
what it measured beside them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import msgspec
import uvloop

from .requests import kept


class Sent(NamedTuple):
    """How long it took until all was answered, and each answer (seconds)."""

    seconds: float
    latencies: list[float]


class _Connection(asyncio.Protocol):
    # As little as answers can be read with: this must never be what is waited for.
    def __init__(self, requests: Sequence[bytes], done: asyncio.Future[None]) -> None:
        self._requests, self._done = iter(requests), done
        self._came, self._missing = bytearray(), 0
        self.latencies: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def begin(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._done.set_result(None)
            self._transport.close()
            return
        self._began = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._came += data
        head = self._came.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _length(bytes(self._came[:head]))
        if len(self._came) < head + 4 + length:
            return
        answer, self._came = self._came, bytearray()
        if not answer.startswith(b"HTTP/1.1 200") or b"rejected" in answer or b"duplicate" in answer:
            self._done.set_exception(ValueError(f"not all was taken: {bytes(answer)[:1_000]!r}"))
            self._transport.close()
            return
        self.latencies.append(perf_counter() - self._began)
        self.begin()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionResetError("the server ended the connection"))


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.index(b"content-length:") + len(b"content-length:")
    end = lower.find(b"\r\n", at)
    return int(lower[at : end if end >= 0 else None])


async def send(port: int, of_connections: Sequence[Sequence[bytes]]) -> Sent:
    """Send all."""
    loop = asyncio.get_running_loop()
    connections, ends = [], []
    for requests in of_connections:
        done: asyncio.Future[None] = loop.create_future()
        _, connection = await loop.create_connection(
            lambda requests=requests, done=done: _Connection(requests, done),  # type: ignore[misc]
            "127.0.0.1",
            port,
        )
        connections.append(connection)
        ends.append(done)
    began = perf_counter()
    for connection in connections:
        connection.begin()
    await asyncio.gather(*ends)
    seconds = perf_counter() - began
    return Sent(seconds, [latency for connection in connections for latency in connection.latencies])


if __name__ == "__main__":
    file = Path(sys.argv[2])
    sent = uvloop.run(send(int(sys.argv[1]), kept(file)))
    file.with_suffix(".sent").write_bytes(msgspec.json.encode(sent))
