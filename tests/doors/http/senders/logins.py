"""Login services that issue tokens, and a door that they are sent to: real keys, and an engine in memory."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

import footfall.testing
from footfall.domain.moments import SECOND
from footfall.doors.http.senders import NotAdmitted, Senders
from tests.contracts.support import ALICE, NOON, ManualClock

URL, AUDIENCE, ORIGIN = "https://login.shop.example", "footfall", "https://shop.example"
NOW = NOON // SECOND
HOUR = 3_600


@cache
def private_key(kind: str, name: str = "own") -> Any:  # noqa: ARG001  # each name has a key of its own
    """A private key of an algorithm; the same for the same name."""
    makers: dict[str, Any] = {
        "RS256": lambda: rsa.generate_private_key(65_537, 2_048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }
    return makers[kind]()


def public_pem(key: Any) -> str:
    """The public half as PEM."""
    written: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return written.decode()


def private_pem(key: Any) -> str:
    """The private half as PEM."""
    written: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return written.decode()


def public_jwk(key: Any, algorithm: str, **fields: Any) -> dict[str, Any]:
    """The public half as a JWK."""
    written: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**written, **fields}


def claims(**changed: Any) -> dict[str, Any]:
    """The claims of a good token for Alice; a value of None takes one out."""
    whole = {"sub": str(ALICE), "iss": URL, "aud": AUDIENCE, "iat": NOW, "exp": NOW + HOUR, **changed}
    return {name: value for name, value in whole.items() if value is not None}


def token(key: Any = None, algorithm: str = "RS256", headers: dict[str, Any] | None = None, **changed: Any) -> str:
    """A token of the login service; signed by its own key unless another one is given."""
    return jwt.encode(claims(**changed), key or private_key(algorithm), algorithm, headers)


class Doorway:
    """A door with a public key `shop` and a secret `backend`."""

    def __init__(self, *, trusting: bool = True) -> None:
        self.clock = ManualClock(NOON)
        self.ticks = 0.0
        self.engine = footfall.testing.open(clock=self.clock)
        self.shop = self.engine.create_key("shop", origins=[ORIGIN]).key
        self.backend = self.engine.create_server_key("backend").key
        if trusting:
            self.trust(public_pem(private_key("RS256")))
        self.known = Senders(self.engine, lambda: self.clock.now, lambda: self.ticks)

    @property
    def senders(self) -> Senders:
        """Those who are known, brought up to date where it is time."""
        self.known.bring_up_to_date()
        return self.known

    def trust(self, keys: str, **settings: Any) -> None:
        self.engine.trust(keys, **{"issuer": URL, "audience": AUDIENCE, **settings})

    def send(self, sent: Any = None, *, key: Any = None, origin: str | None = ORIGIN, customer: UUID = ALICE) -> str:
        """What became of a visit that came with a token: a status, a reason of the engine's, a code of the door's."""
        try:
            caller = self.senders.caller(self.shop if key is None else key, sent, origin)
        except NotAdmitted as refused:
            return refused.code
        result = self.engine.track(customer, "page.visit", {"url": "/"}, sender=caller.sender_for(customer))
        return str(result.reason or result.status)
