"""The uuid of a customer that its identifier gives."""

from __future__ import annotations

from uuid import NAMESPACE_URL, UUID

from .derived_id import derived_id


def customer_uuid(identifier: str, salt: str) -> UUID:
    """The uuid of whoever has this identifier, an email address say: the same wherever it is made with the same salt,
    and nobody guesses it who does not know that. It is the version 5 of RFC 9562 of both, in the namespace of URLs."""
    return derived_id(NAMESPACE_URL, salt + identifier)
