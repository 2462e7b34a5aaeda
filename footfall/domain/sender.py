"""Who sends an event, and what each access level admits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Access(StrEnum):
    """Who may send an action; each level admits all that the one before it admits, and more."""

    SERVER = "server"
    AUTHENTICATED = "authenticated"
    ANONYMOUS_WITH_JWT = "anonymous_with_jwt"
    ANONYMOUS = "anonymous"

    def admits(self, sender: Access) -> bool:
        """Whether a sender recognised at level `sender` may send an action of this access."""
        return _OPENNESS[sender] <= _OPENNESS[self]


_OPENNESS = {level: openness for openness, level in enumerate(Access)}


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender: the level it was recognised at and, for a client, the one customer it speaks for."""

    level: Access
    customer: UUID | None = None

    @classmethod
    def server(cls) -> Sender:
        """The embedding backend: trusted, speaks for every customer."""
        return cls(Access.SERVER)

    @classmethod
    def authenticated(cls, customer: UUID) -> Sender:
        """A client whose JWT names this recognised customer."""
        return cls(Access.AUTHENTICATED, customer)

    @classmethod
    def anonymous_with_jwt(cls, customer: UUID) -> Sender:
        """A client with a JWT for an anonymous profile."""
        return cls(Access.ANONYMOUS_WITH_JWT, customer)

    @classmethod
    def anonymous(cls, customer: UUID) -> Sender:
        """A client without a JWT."""
        return cls(Access.ANONYMOUS, customer)


SERVER = Sender.server()
