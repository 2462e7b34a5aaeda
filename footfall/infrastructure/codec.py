"""How facts are stored: MessagePack under a short topic. Old shapes are read through `UPCASTS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent

from ..domain.customer import Customer
from ..domain.events import (
    ActionDefined,
    ActionRemoved,
    ActivityRecorded,
    AttributesUpdated,
    CatalogueEvent,
    CustomerEvent,
    Recorded,
    SessionEnded,
    SessionRevised,
    SessionStarted,
    SessionTimeoutSet,
)

_EVENTS = (
    ActivityRecorded,
    AttributesUpdated,
    SessionStarted,
    SessionEnded,
    SessionRevised,
    ActionDefined,
    ActionRemoved,
    SessionTimeoutSet,
)
encode: Callable[[Any], bytes] = msgspec.msgpack.Encoder(uuid_format="bytes").encode
_DECODERS: dict[str, Callable[[bytes], Any]] = {event.topic: msgspec.msgpack.Decoder(event).decode for event in _EVENTS}

TOPICS = frozenset(_DECODERS)

UPCASTS: dict[str, Callable[[bytes], CustomerEvent | CatalogueEvent]] = {}
"""Readers of retired topics. A field that is added at the end with a default needs none."""

SNAPSHOT_FORMAT = 2
_decode_snapshot = msgspec.msgpack.Decoder(tuple[int, Customer]).decode


def decode(topic: str, state: bytes) -> Any:
    """The event that was stored under a topic. Raises `KeyError` for a topic that nobody ever wrote."""
    reader = _DECODERS.get(topic) or UPCASTS[topic]
    return reader(state)


def encode_snapshot(state: Customer) -> bytes:
    """A customer's state, marked with the format that it is written in."""
    return encode((SNAPSHOT_FORMAT, state))


def decode_snapshot(stored: bytes) -> Customer | None:
    """The state, or None if it was written in another format."""
    try:
        written, state = _decode_snapshot(stored)
    except msgspec.ValidationError:
        return None
    return state if written == SNAPSHOT_FORMAT else None


class MessagePackMapper(Mapper[UUID]):
    """The `eventsourcing` library's mapper between domain events and stored events, in our format."""

    def __init__(self) -> None:
        """No transcoder: MessagePack takes its place."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The stored form of a `Recorded` event."""
        event = domain_event.event
        return StoredEvent(domain_event.originator_id, domain_event.originator_version, event.topic, encode(event))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The `Recorded` event from its stored form."""
        event = decode(stored_event.topic, stored_event.state)
        return Recorded(stored_event.originator_id, stored_event.originator_version, event)  # type: ignore[arg-type]
