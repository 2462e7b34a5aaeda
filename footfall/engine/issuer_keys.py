"""The public keys of an issuer, as a PEM or JWKS file holds them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..domain.errors import FootfallError, InvalidArgument, shown
from ..domain.issuer import ALGORITHMS, MOST_TEXT, IssuerKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

MOST_KEYS = 16
MOST_CHARACTERS = 100_000
LEAST_RSA_BITS = 2_048
_PUBLIC = {"PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"}
_TYPES = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}


class ExtraMissing(FootfallError):
    """What checks JWTs is not installed; the message says how to."""


def read_issuer_keys(text: str, algorithms: Iterable[str] | None = None) -> tuple[IssuerKey, ...]:
    """The public keys in a text that are of one of the algorithms, by default RS256, ES256 and EdDSA: of a JWKS those
    that sign, or of PEM public keys and certificates. Raises `InvalidArgument`, and `ExtraMissing`."""
    wanted = _algorithms(algorithms)
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise InvalidArgument(f"an issuer's keys are a PEM or JWKS text of at most {MOST_CHARACTERS} characters")
    try:
        found = _of_jwks(text) if text.lstrip().startswith("{") else _of_pem(text)
    except ImportError as missing:
        raise ExtraMissing(f"{missing.name} is missing: pip install 'footfall[http]'") from None
    keys = tuple(key for key in found if key.algorithm in wanted)
    if not keys:
        raise InvalidArgument(f"there is no public key in it that signs by {' or '.join(wanted)}")
    if len(keys) > MOST_KEYS:
        raise InvalidArgument(f"an issuer has at most {MOST_KEYS} keys, not {len(keys)}")
    named = [key.kid for key in keys if key.kid is not None]
    if len(named) > len(set(named)):
        raise InvalidArgument("two of its keys have the same kid")
    return keys


def _algorithms(wanted: Iterable[str] | None) -> tuple[str, ...]:
    given = ALGORITHMS if wanted is None else tuple([wanted] if isinstance(wanted, str) else wanted)
    unknown = [one for one in given if one not in ALGORITHMS]
    if unknown or not given:
        named = f"there is no algorithm {shown(unknown[0])}" if unknown else "an issuer has an algorithm at least"
        raise InvalidArgument(f"{named}; there are {', '.join(ALGORITHMS)}, and none with a shared secret")
    return given


def _of_pem(text: str) -> list[IssuerKey]:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    found = []
    for kind, block in _blocks(text):
        try:
            key = (
                x509.load_pem_x509_certificate(block).public_key()
                if kind == "CERTIFICATE"
                else load_pem_public_key(block)
            )
        except Exception as error:  # of many kinds: the library tells what is wrong with bytes in its own ways
            raise InvalidArgument(f"a {kind} in it cannot be read: {shown(error)}") from None
        found.append(_issuer_key(None, key))
    return found


def _blocks(text: str) -> list[tuple[str, bytes]]:
    blocks, begun = [], text.split("-----BEGIN ")[1:]
    for one in begun:
        kind, _, rest = one.partition("-----")
        if "PRIVATE" in kind:
            raise InvalidArgument("it holds a private key, which only the issuer may have: give its public key")
        body, end, _ = rest.partition(f"-----END {kind}-----")
        if kind not in _PUBLIC or not end:
            raise InvalidArgument(f"a block {shown(kind)} in it is no public key or certificate, or has no end")
        blocks.append((kind, f"-----BEGIN {kind}-----{body}-----END {kind}-----\n".encode()))
    if not blocks:
        raise InvalidArgument("it is neither a JWKS, which is a JSON object with keys, nor PEM public keys")
    return blocks


def _of_jwks(text: str) -> list[IssuerKey]:
    from jwt import PyJWK, PyJWTError

    found = []
    for jwk in _jwks(text):
        algorithm = _algorithm_of(jwk)
        if algorithm is None:
            continue
        try:
            key = PyJWK(jwk, algorithm).key
        except (PyJWTError, ValueError, TypeError) as error:
            raise InvalidArgument(f"the key {shown(jwk.get('kid'))} in it cannot be read: {shown(error)}") from None
        found.append(_issuer_key(_kid(jwk), key))
    return found


def _jwks(text: str) -> list[dict[str, Any]]:
    try:
        read = json.loads(text)
        keys = read.get("keys", [read])
        if isinstance(keys, list) and all(isinstance(one, dict) for one in keys):
            return keys
    except (ValueError, RecursionError):
        pass
    raise InvalidArgument('it is no JWKS, which is a JSON object with keys: {"keys": [{"kty": …}, …]}')


def _algorithm_of(jwk: dict[str, Any]) -> str | None:
    """The algorithm of a key that signs; None of one that is for something else."""
    if jwk.get("kty") == "oct":
        raise InvalidArgument("it holds a shared secret (kty oct), by which whoever checks tokens could make them")
    if "d" in jwk:
        raise InvalidArgument("it holds a private key, which only the issuer may have: give its public key")
    if jwk.get("use", "sig") != "sig" or jwk.get("crv", "P-256") not in ("P-256", "Ed25519"):
        return None
    fitting = [one for one, kty in _TYPES.items() if kty == jwk.get("kty") and jwk.get("alg", one) == one]
    return fitting[0] if fitting else None


def _kid(jwk: dict[str, Any]) -> str | None:
    kid = jwk.get("kid")
    if kid is None or (isinstance(kid, str) and 0 < len(kid) <= MOST_TEXT):
        return kid
    raise InvalidArgument(f"a kid is a text of 1 to {MOST_TEXT} characters, not {shown(kid)}")


def _issuer_key(kid: str | None, key: PublicKeyTypes) -> IssuerKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if isinstance(key, RSAPublicKey):
        if key.key_size < LEAST_RSA_BITS:
            raise InvalidArgument(f"an RSA key has at least {LEAST_RSA_BITS} bits, not {key.key_size}")
        algorithm = "RS256"
    elif isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        algorithm = "ES256"
    elif isinstance(key, Ed25519PublicKey):
        algorithm = "EdDSA"
    else:
        raise InvalidArgument(f"a key is RSA, P-256 or Ed25519, not {type(key).__name__}")
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return IssuerKey(kid, algorithm, pem.decode())
