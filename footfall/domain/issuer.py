"""An issuer of JWTs that is trusted, and what its tokens say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import InvalidArgument, shown
from .moments import MINUTE, SECOND

ALGORITHMS = ("RS256", "ES256", "EdDSA")
DEFAULT_LEEWAY = 30 * SECOND
MOST_LEEWAY = 5 * MINUTE
RECOGNISING_CLAIMS = ("email", "customer_id")
"""One of these says by its presence that a customer is recognised, and so does `recognised: true`, where an issuer has
no claim of its own for it."""
MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key (PEM) with the one algorithm that it is used with, and the id that tokens name it by, if any."""

    kid: str | None
    algorithm: str
    pem: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are believed, which are those for `audience` that one of `keys` has signed.

    `uuid_claim` names the customer; `recognised_claim` says that it is recognised; where that is None, one of
    `RECOGNISING_CLAIMS` or `recognised: true` does. `leeway` (µs) is how far clocks may be apart.
    """

    url: str
    audience: str
    keys: tuple[IssuerKey, ...]
    uuid_claim: str = "sub"
    recognised_claim: str | None = None
    leeway: int = DEFAULT_LEEWAY

    def recognises(self, claims: Mapping[str, Any]) -> bool:
        """Whether the claims of a token say that its customer is recognised."""
        if self.recognised_claim is not None:
            return _says_so(claims.get(self.recognised_claim))
        return claims.get("recognised") is True or any(_says_so(claims.get(name)) for name in RECOGNISING_CLAIMS)


def _says_so(value: Any) -> bool:
    # A text or number names an identifier; `false`, `null` and an empty text name none.
    return value is True or (isinstance(value, str | int | float) and not isinstance(value, bool) and value != "")


def check_issuer(issuer: Issuer) -> Issuer:
    """Return an issuer that may be trusted. Raises `InvalidArgument`."""
    recognised = "recognised" if issuer.recognised_claim is None else issuer.recognised_claim
    claims = {"uuid claim": issuer.uuid_claim, "recognised claim": recognised}
    for what, text in {"issuer": issuer.url, "audience": issuer.audience, **claims}.items():
        if (
            not isinstance(text, str)
            or not 0 < len(text) <= MOST_TEXT
            or not text.isprintable()
            or text.strip() != text
        ):
            raise InvalidArgument(f"the {what} is a printable text of 1 to {MOST_TEXT} characters, not {shown(text)}")
    if not 0 <= issuer.leeway <= MOST_LEEWAY:
        raise InvalidArgument(f"a leeway is at most 5 minutes, not {issuer.leeway / SECOND:g} s")
    return issuer
