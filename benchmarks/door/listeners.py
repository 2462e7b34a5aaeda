"""`python -m benchmarks.door.listeners PORT NUMBER KEY`: opens live streams and holds them until its input ends."""

from __future__ import annotations

import asyncio
import sys

import uvloop


async def listen(port: int, number: int, key: str) -> None:
    """Say `ready` when all are open."""
    head = f"GET /v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    streams = []
    for _ in range(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        if not (await reader.readuntil(b"id: ")).startswith(b"HTTP/1.1 200"):
            raise SystemExit("a stream was refused")
        streams.append((reader, writer))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    reading = [asyncio.create_task(_drain(reader)) for reader, _ in streams]
    await asyncio.to_thread(sys.stdin.read)
    for task in reading:
        task.cancel()


async def _drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


if __name__ == "__main__":
    uvloop.run(listen(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
