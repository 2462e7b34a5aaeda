"""JWTs: verified by what is known of their issuers, or refused."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from ....domain.issuer import Issuer
from ....domain.issuers import Issuers
from ....domain.moments import LATEST, SECOND
from .caller import NotAdmitted, Token

LONGEST = 8 * 1024
"""Characters of a token; a longer one is refused before it is looked into."""

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
# Times are checked here, by the clock of the store and to its own rule, which a token seen before must keep as well.
_TIMES_APART = {"require": ["exp", "iss", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
_OPTIONS: Any = {**_TIMES_APART, "verify_sub": False, "verify_jti": False}


class _Key(NamedTuple):
    kid: str | None
    algorithm: str
    public: Any


class Verified(NamedTuple):
    """A token that was verified, and until when it may be believed (µs) without being verified again."""

    token: Token
    until: int


class Verifier:
    """Verifies tokens of the issuers that are trusted; whatever a token says of keys is not listened to."""

    def __init__(self, issuers: Issuers) -> None:
        self._issuers = {url: (issuer, _loaded(issuer)) for url, (_, issuer) in issuers.items()}

    def verify(self, token: str, now: int) -> Verified:
        """What a token says at a moment (µs). Raises `NotAdmitted`."""
        header, unverified = _read(token)
        issuer, keys = self._issuer(unverified)
        claims = _claims(token, issuer, list(_candidates(keys, header)))
        until = _check_times(claims, issuer.leeway, now)
        return Verified(Token(_customer(claims.get(issuer.uuid_claim)), issuer.recognises(claims)), until)

    def _issuer(self, unverified: Mapping[str, Any]) -> tuple[Issuer, list[_Key]]:
        url = unverified.get("iss")
        found = self._issuers.get(url) if isinstance(url, str) else None
        if found is None:
            raise invalid("it is of no issuer that is trusted here")
        return found


def invalid(why: str) -> NotAdmitted:
    """The refusal of a token."""
    return NotAdmitted(401, "invalid_token", f"the token is not valid: {why}")


def _loaded(issuer: Issuer) -> list[_Key]:
    return [_Key(key.kid, key.algorithm, load_pem_public_key(key.pem.encode())) for key in issuer.keys]


def _read(token: object) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    if not isinstance(token, str) or len(token) > LONGEST:
        raise invalid(f"it is a text of at most {LONGEST} characters")
    # The library's base64 overlooks what is none, so that many texts would be one token.
    if _COMPACT.fullmatch(token) is None or not all(map(_is_canonical, token.split("."))):
        raise invalid("it is not three parts of base64url with dots between them")
    try:
        read = jwt.decode_complete(token, options={"verify_signature": False})
    except Exception:  # whatever the library raises for what anybody may send, it is no token
        raise invalid("it cannot be read") from None
    header = read["header"]
    if "crit" in header:
        raise invalid("it asks for extensions (crit) that are not known here")
    return header, read["payload"]


def _is_canonical(part: str) -> bool:
    try:
        return urlsafe_b64encode(urlsafe_b64decode(part + "=" * (-len(part) % 4))).rstrip(b"=") == part.encode()
    except ValueError:
        return False


def _candidates(keys: list[_Key], header: Mapping[str, Any]) -> Iterator[_Key]:
    # A key without an id may be meant by any; one that has an id is meant by it, or where it is the only one.
    kid, algorithm = header.get("kid"), header.get("alg")
    for key in keys:
        if key.algorithm == algorithm and (key.kid in (None, kid) or (kid is None and len(keys) == 1)):
            yield key


def _claims(token: str, issuer: Issuer, keys: list[_Key]) -> dict[str, Any]:
    for key in keys:
        try:
            return jwt.decode(token, key.public, [key.algorithm], _OPTIONS, audience=issuer.audience, issuer=issuer.url)
        except jwt.InvalidSignatureError:
            continue
        except jwt.InvalidAudienceError:
            raise invalid("it is meant for another audience") from None
        except jwt.MissingRequiredClaimError as missing:
            raise invalid(f"it has no {missing.claim}") from None
        except Exception:
            raise invalid("it cannot be verified") from None
    raise invalid("no key of its issuer has signed it")


def _check_times(claims: Mapping[str, Any], leeway: int, now: int) -> int:
    """When a token expires (µs). Raises `NotAdmitted` where it has, or is not valid yet."""
    expires = _moment(claims, "exp")
    if now >= expires + leeway:
        raise NotAdmitted(401, "token_expired", "the token has expired: send a new one")
    for name in ("nbf", "iat"):
        if name in claims and _moment(claims, name) > now + leeway:
            raise invalid(f"its {name} lies ahead")
    return expires


def _moment(claims: Mapping[str, Any], name: str) -> int:
    value = claims[name]
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LATEST // SECOND:
        return round(value * SECOND)
    raise invalid(f"its {name} is no number of seconds")


def _customer(value: object) -> UUID:
    if isinstance(value, str) and _UUID.fullmatch(value):
        return UUID(value)
    raise invalid("it names no customer by a UUID")
