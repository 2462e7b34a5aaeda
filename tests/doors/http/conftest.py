"""A door on an engine, with a key of each kind."""

from __future__ import annotations

import time
from typing import NamedTuple
from uuid import UUID

import jwt
import pytest

import footfall
import footfall.testing
from footfall.doors.http.app import Door
from tests.contracts.support import ManualClock
from tests.doors.http.client import Client
from tests.doors.http.senders.logins import AUDIENCE, URL, private_key, public_pem

SHOP = "https://shop.example"


class Keys(NamedTuple):
    """A key of each kind, and of each scope."""

    public: str
    server: str
    write: str
    read: str
    admin: str


def made(engine: footfall.Engine) -> Keys:
    """Create them."""
    public = engine.create_key("shop", origins=[SHOP]).key
    scopes = {"backend": ("write", "read", "admin"), "writer": ("write",), "reader": ("read",), "admin": ("admin",)}
    return Keys(public, *(engine.create_server_key(name, scopes=own).key for name, own in scopes.items()))


@pytest.fixture
def in_memory(clock: ManualClock) -> footfall.Engine:
    """An engine in memory, for what has nothing to do with the database."""
    return footfall.testing.open(clock=clock)


@pytest.fixture
def keys(in_memory: footfall.Engine) -> Keys:
    """Keys of the engine in memory."""
    return made(in_memory)


@pytest.fixture
def door(in_memory: footfall.Engine) -> Door:
    """A door on it."""
    return footfall.asgi(in_memory)


@pytest.fixture
def anybody(door: Door) -> Client:
    """A client without a key."""
    return Client(door)


@pytest.fixture
def browser(anybody: Client, keys: Keys) -> Client:
    """A page of the shop, with its public key."""
    return anybody.with_headers(footfall_key=keys.public, origin=SHOP)


@pytest.fixture
def backend(anybody: Client, keys: Keys) -> Client:
    """A backend, which may do everything."""
    return anybody.with_headers(authorization=f"Bearer {keys.server}")


def token(customer: UUID, *, recognised: bool = False) -> str:
    """A JWT of the shop's login service for a customer, good by the system's clock."""
    now = int(time.time())
    claims = {"sub": str(customer), "iat": now, "exp": now + 3_600, **({"recognised": True} if recognised else {})}
    return signed(**claims)


@pytest.fixture
def trusting(in_memory: footfall.Engine) -> None:
    """The engine in memory trusts the login service."""
    trust(in_memory)


def trust(engine: footfall.Engine) -> None:
    """Let an engine trust the login service."""
    engine.trust(public_pem(private_key("EdDSA")), issuer=URL, audience=AUDIENCE)


def signed(**claims: object) -> str:
    """A token of the login service, whatever it claims."""
    return jwt.encode({"iss": URL, "aud": AUDIENCE, **claims}, private_key("EdDSA"), "EdDSA")
