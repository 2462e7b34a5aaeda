"""A caller, once it is known: by its key and, where it has one, the JWT of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from ....domain.key import Key, Scope
from ....domain.sender import SERVER, Sender

WRITE, READ, ADMIN = str(Scope.WRITE), str(Scope.READ), str(Scope.ADMIN)


class NotAdmitted(Exception):
    """Whoever calls is not let in: `status` is that of HTTP (401 or 403), `code` for programs, `message` for people.

    Neither tells whether a customer exists, or a key beyond "unknown or revoked".
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Token:
    """What a verified JWT says: the one customer that it speaks for, and whether that one is recognised."""

    customer: UUID
    recognised: bool


class Caller(NamedTuple):
    """Who calls: the key's id, the `scopes` (`write`, `read`, `admin`) that a server key has and a public key has not,
    the JWT's `token` if there is one, and the `rate` of a public key in events a minute; None: none is set."""

    key_id: str
    scopes: frozenset[str]
    is_server: bool
    token: Token | None = None
    rate: int | None = None

    @classmethod
    def with_key(cls, key: Key) -> Caller:
        """Whoever holds a key."""
        return cls(key.key_id, frozenset(map(str, key.scopes)), key.is_server, rate=key.rate)

    def with_token(self, token: Token) -> Caller:
        """The same caller for the customer of a token."""
        return Caller(self.key_id, self.scopes, self.is_server, token, self.rate)

    def sender_for(self, customer: UUID) -> Sender:
        """The sender of what is handed in for a customer."""
        if self.is_server:
            return SERVER
        if self.token is None:
            return Sender.anonymous(customer, remote=True)
        named = self.token.customer
        with_jwt = Sender.authenticated if self.token.recognised else Sender.anonymous_with_jwt
        return with_jwt(named, remote=True)
