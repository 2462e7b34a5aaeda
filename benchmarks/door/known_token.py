"""What a token that was seen before takes, by requests that hand nothing in: whom they are from is found out all the
same, and what else a request takes would hide it."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import footfall
from footfall.doors.http.app import Door
from footfall.doors.http.asgi import HeaderLines, Message, Scope

from ..harness.measure import Broken
from .requests import PATH

_ROUNDS, _REQUESTS = 20, 1_000
_LOGIN = {"iss": "https://login.shop.example", "aud": "footfall"}


def beyond(url: str) -> float:
    """µs of processor that a request takes with a token beyond those that it takes without."""
    with footfall.open(url) as engine:
        key = engine.create_key("page", rate=None).key
        without: HeaderLines = [(b"footfall-key", key.encode()), (b"content-type", b"application/json")]
        with_token: HeaderLines = [*without, (b"authorization", f"Bearer {_trusted_token(engine)}".encode())]
        door = footfall.asgi(engine, rate_by_address=None)
        return asyncio.run(_compared(door, without, with_token))


def _trusted_token(engine: footfall.Engine) -> str:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    engine.trust(pem, issuer=_LOGIN["iss"], audience=_LOGIN["aud"])
    claims = {**_LOGIN, "sub": str(UUID(int=1)), "exp": int(time.time()) + 3_600}
    return jwt.encode(claims, private, "RS256")


async def _compared(door: Door, without: HeaderLines, with_token: HeaderLines) -> float:
    differences = []
    for _ in range(_ROUNDS):
        plain = await _taken(door, without)
        differences.append(await _taken(door, with_token) - plain)
    await door.close()
    return median(differences)


async def _taken(door: Door, head: HeaderLines) -> float:
    began = time.process_time()
    for _ in range(_REQUESTS):
        await _asked(door, head)
    return (time.process_time() - began) / _REQUESTS * 1e6


async def _asked(door: Door, head: HeaderLines) -> None:
    async def receive() -> Message:
        return {"type": "http.request", "body": b"[]"}

    async def send(message: Message) -> None:
        if message.get("status", 200) != 200:
            raise Broken(f"a request was answered {message}")

    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"",
        "headers": head,
        "client": ("127.0.0.1", 1),
    }
    await door(scope, receive, send)
