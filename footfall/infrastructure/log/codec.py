"""How facts are stored: MessagePack under a short topic. Old shapes are read through `UPCASTS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ...application.ports.errors import UnreadableEvent
from ...domain.customer import Customer
from ...domain.events import (
    ActionDefined,
    ActionRemoved,
    ActivityRecorded,
    AttributesUpdated,
    CatalogueEvent,
    CustomerEvent,
    IssuerDistrusted,
    IssuerTrusted,
    KeyCreated,
    KeyRevoked,
    KeyUsed,
    SessionEnded,
    SessionRevised,
    SessionStarted,
    SessionTimeoutSet,
)
from ...domain.sessions import Session, without_pages

_EVENTS = (
    ActivityRecorded,
    AttributesUpdated,
    SessionStarted,
    SessionEnded,
    SessionRevised,
    ActionDefined,
    ActionRemoved,
    SessionTimeoutSet,
    KeyCreated,
    KeyRevoked,
    KeyUsed,
    IssuerTrusted,
    IssuerDistrusted,
)
encode: Callable[[Any], bytes] = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_DECODERS: dict[str, Callable[[bytes], Any]] = {event.topic: msgspec.msgpack.Decoder(event).decode for event in _EVENTS}

TOPICS = frozenset(_DECODERS)

UPCASTS: dict[str, Callable[[bytes], CustomerEvent | CatalogueEvent]] = {}
"""Readers of retired topics. A field that is added at the end with a default needs none."""

SNAPSHOT_FORMAT = 4
WITHOUT_CLAIMS = 3
"""The format before, whose attributes do not tell how far the clock was ahead: it is read where there are none."""
WITHOUT_PAST_SESSIONS = 2
"""The one before that, whose past sessions nobody kept: it is read where there are neither."""
_decode_snapshot = msgspec.msgpack.Decoder(tuple[int, Customer]).decode


def decode(topic: str, state: bytes) -> Any:
    """The event that was stored under a topic. Raises `UnreadableEvent` for a topic or shape that nobody wrote."""
    reader = _DECODERS.get(topic) or UPCASTS.get(topic)
    if reader is None:
        raise UnreadableEvent(f"there is no event of topic {topic!r}")
    try:
        return reader(state)
    except msgspec.MsgspecError as error:
        raise UnreadableEvent(f"an event of topic {topic!r} is of a shape that nobody wrote: {error}") from error


def encode_snapshot(state: Customer) -> bytes:
    """A customer's state, marked with the format that it is written in."""
    return encode((SNAPSHOT_FORMAT, state))


def decode_snapshot(stored: bytes) -> Customer | None:
    """The state, or None if it was written in another format, so that the whole stream must be read."""
    try:
        written, state = _decode_snapshot(stored)
    except msgspec.DecodeError:
        return None
    if written != SNAPSHOT_FORMAT and not _lacks_nothing(written, state):
        return None
    # A program of before kept the pages of sessions here, too.
    return msgspec.structs.replace(state, sessions=tuple(map(without_pages, state.sessions)))


def _lacks_nothing(written: int, state: Customer) -> bool:
    if state.attributes:
        return False
    return written == WITHOUT_CLAIMS or (written == WITHOUT_PAST_SESSIONS and not state.forgotten)


_decode_session = msgspec.msgpack.Decoder(Session).decode


def decode_session(stored: bytes) -> Session:
    """A past session. Raises `UnreadableEvent` for a shape that nobody wrote."""
    try:
        return without_pages(_decode_session(stored))
    except msgspec.MsgspecError as error:
        raise UnreadableEvent(f"a past session is of a shape that nobody wrote: {error}") from error
