"""Requests as bytes, made before the clock runs, and the file in which another process finds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..input.visits import Event

PATH = "/v1/events"


def shares_of(events: Sequence[Event], number: int) -> list[list[Event]]:
    """Events dealt out to so many senders, those of one customer to one, so that they come in their order."""
    customers = sorted({event["uuid"] for event in events})
    owner = {customer: at % number for at, customer in enumerate(customers)}
    shares: list[list[Event]] = [[] for _ in range(number)]
    for event in events:
        shares[owner[event["uuid"]]].append(event)
    return shares


def batches_of(share: Sequence[Event], size: int) -> list[list[Event]]:
    """A share in batches."""
    return [list(share[at : at + size]) for at in range(0, len(share), size)]


def keep(file: Path, shares: Sequence[Sequence[Event]], size: int, key: str) -> None:
    """Write what each connection is to send."""
    wanted = [[_request(batch, key) for batch in batches_of(share, size)] for share in shares]
    file.write_bytes(msgspec.msgpack.encode(wanted))


def kept(file: Path) -> list[list[bytes]]:
    """What each connection is to send."""
    return msgspec.msgpack.decode(file.read_bytes(), type=list[list[bytes]])


def _request(batch: list[Event], key: str) -> bytes:
    body = msgspec.json.encode(batch[0] if len(batch) == 1 else batch)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
