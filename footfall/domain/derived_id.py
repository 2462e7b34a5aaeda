"""Ids that follow from what they name, so that every replay and every retry gives the same."""

from __future__ import annotations

from hashlib import sha1
from uuid import UUID

import msgspec


def uuid_text(uuid: UUID) -> str:
    """What `str` gives, in a quarter of the time."""
    text: str = msgspec.to_builtins(uuid)
    return text


def derived_id(namespace: UUID, name: str | bytes) -> UUID:
    """The UUID of version 5 (RFC 9562, 5.5) of a name: what `uuid.uuid5` gives, in half the time, since several are
    derived for each session."""
    named = name.encode() if isinstance(name, str) else name
    digest = bytearray(sha1(namespace.bytes + named, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return msgspec.convert(digest, UUID)
