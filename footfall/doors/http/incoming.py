"""What comes in of a request's body, and whether more is to come."""

from __future__ import annotations

from .asgi import WHOLE_BODY, Message, Receive, Scope

_FRAMING = (b"content-length", b"transfer-encoding")


class ClientGone(Exception):
    """The client left before its request was whole: there is nobody to answer, and nothing is to be stored."""


class Incoming:
    """A request's `receive`, which knows whether all of the body was read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_whole: bool | None = None  # before the first piece

    async def __call__(self) -> Message:
        """What comes next."""
        message = await self._receive()
        self._is_whole = not message.get("more_body", False)
        return message

    def is_expected_by(self, scope: Scope) -> bool:
        """Whether the client of a request may still be sending its body."""
        if self._is_whole is None:
            return any(name in _FRAMING for name, _ in scope["headers"])
        return not self._is_whole


def has_come(scope: Scope) -> bool:
    """Whether the body is there already, as far as the server tells."""
    return scope["type"] == "wsgi" or WHOLE_BODY in scope.get("extensions", ())
