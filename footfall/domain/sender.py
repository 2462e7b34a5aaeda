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
    """A sender: the level it was recognised at and, for a client, the one customer it speaks for.

    One that is `remote` hands things in by itself, and may not choose ids that follow from names; for any other, a
    backend that is trusted hands in what it sent.
    """

    level: Access
    customer: UUID | None = None
    remote: bool = False

    @classmethod
    def server(cls) -> Sender:
        """The embedding backend: trusted, speaks for every customer."""
        return cls(Access.SERVER)

    @classmethod
    def authenticated(cls, customer: UUID, *, remote: bool = False) -> Sender:
        """A client whose JWT names this recognised customer."""
        return cls(Access.AUTHENTICATED, customer, remote)

    @classmethod
    def anonymous_with_jwt(cls, customer: UUID, *, remote: bool = False) -> Sender:
        """A client with a JWT for an anonymous profile."""
        return cls(Access.ANONYMOUS_WITH_JWT, customer, remote)

    @classmethod
    def anonymous(cls, customer: UUID, *, remote: bool = False) -> Sender:
        """A client without a JWT."""
        return cls(Access.ANONYMOUS, customer, remote)


SERVER = Sender.server()
