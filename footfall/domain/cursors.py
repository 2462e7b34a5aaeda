"""Cursors: a place in the order of a list, as text that callers hand back to go on behind it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Generic, TypeVar

import msgspec

from .errors import InvalidArgument, shown

Place = TypeVar("Place")

Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""A number that a database's column can hold."""

_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode


class Cursors(Generic[Place]):
    """The cursors of one list. The text begins with the list's name and the version of what follows, so that a cursor
    of another list, or of a program that wrote them in another way, is known."""

    def __init__(self, name: str, place: type[Place], version: int = 1) -> None:
        self.name, self._head = name, f"{name}{version}."
        self._decode = msgspec.msgpack.Decoder(place).decode

    def text(self, place: Place) -> str:
        """The cursor of a place."""
        return self._head + urlsafe_b64encode(_encode(place)).decode().rstrip("=")

    def place(self, cursor: object) -> Place:
        """The place that a cursor is of. Raises `InvalidArgument` for whatever is no cursor of this list."""
        if isinstance(cursor, str) and cursor.startswith(self._head):
            body = cursor.removeprefix(self._head)
            try:
                place = self._decode(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            except (ValueError, msgspec.MsgspecError):
                pass
            else:
                if self.text(place) == cursor:
                    return place
        raise InvalidArgument(f"a row of {self.name} goes on after the cursor of such a row, not after {shown(cursor)}")

    def place_if_any(self, cursor: object) -> Place | None:
        """The same, where one is given."""
        return None if cursor is None else self.place(cursor)
