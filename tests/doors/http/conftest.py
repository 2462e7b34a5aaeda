"""A door on an engine, with a key of each kind."""

from __future__ import annotations

from typing import NamedTuple

import pytest

import footfall
import footfall.testing
from footfall.doors.http.app import Door
from tests.contracts.support import ManualClock
from tests.doors.http.client import Client

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
