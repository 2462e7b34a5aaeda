"""Clients of the door: they send over HTTP, and what was not answered again, until it is; a journal tells of it."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..watch.journal import Journal
from .writers import as_sent, made_up

CLIENTS = 64
LARGE = 8
"""Each eighth client sends batches that the door takes in by themselves."""
_AGAIN_SECONDS = 0.02


class Senders:
    """Many clients at once, of one loop, until they are told to stop; each then sends its last batch until it is
    answered."""

    def __init__(self, port: int, key: str, path: Path, rng: random.Random) -> None:
        self._port, self._key = port, key
        self._journal, self._rng = Journal(path), rng
        self._stopped = False

    async def send(self) -> None:
        """Send, all of them."""
        await asyncio.gather(*(self._client(number) for number in range(CLIENTS)))
        self._journal.close()

    def stop(self) -> None:
        """Begin no other batch."""
        self._stopped = True

    async def _client(self, client: int) -> None:
        number = 0
        while not self._stopped:
            number += 1
            name, events = f"{client}-{number}", made_up(self._rng, 60 if client % LARGE == 0 else 1, 10)
            self._journal.about_to_send(name, events)
            body = json.dumps([as_sent(event) for event in events], default=str).encode()
            while not await self._answered(body):
                await asyncio.sleep(_AGAIN_SECONDS)
            self._journal.acknowledged(name)

    async def _answered(self, body: bytes) -> bool:
        # What a server that was killed leaves, perhaps between the head of an answer and its body.
        with suppress(OSError, EOFError, json.JSONDecodeError):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                writer.write(self._head(len(body)) + body)
                head = await reader.readuntil(b"\r\n\r\n")
                if not head.startswith(b"HTTP/1.1 200 "):
                    assert head.startswith(b"HTTP/1.1 503 "), head
                    return False
                return _all_taken(json.loads(await reader.read()))
            finally:
                writer.close()
        return False

    def _head(self, length: int) -> bytes:
        return (
            f"POST /v1/events HTTP/1.1\r\nHost: x.example\r\nAuthorization: Bearer {self._key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        ).encode()


def _all_taken(answer: Any) -> bool:
    statuses = {one["status"] for one in answer["results"]}
    assert statuses <= {"accepted", "duplicate"}, answer
    return True
