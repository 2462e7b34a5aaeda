"""What is written to listeners, in the form of server-sent events."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ....engine.document import document
from ....engine.public import ActivityEvent

RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser comes back when a stream has ended."""
COMMENT = b":\n\n"
"""What keeps the connection alive, and shows one that is gone."""


class Told(NamedTuple):
    """An event as listeners are told of it."""

    cursor: str
    key: tuple[str, str]
    uuid: str
    action: str
    text: bytes


def told(event: ActivityEvent) -> Told:
    """An event in the form in which `footfall tail --json` prints it, with its cursor as its id."""
    # JSON has no line breaks in it, which would end a field.
    text = b"id: %b\ndata: %b\n\n" % (event.cursor.encode(), msgspec.json.encode(document(event)))
    return Told(event.cursor, (event.uuid, event.event_id), event.uuid, event.action, text)


def place(cursor: str) -> bytes:
    """A comment with the place up to which nothing was left out. An id without data is no event, but browsers keep it:
    one whose filter has let nothing pass for long comes back to where it is."""
    return b":\nid: %b\n\n" % cursor.encode()
