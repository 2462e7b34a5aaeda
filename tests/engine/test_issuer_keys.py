"""The public keys of an issuer are read from what login services give out; whatever else is in a file is told."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from footfall.domain.errors import FootfallError, InvalidArgument
from footfall.engine.issuer_keys import MOST_CHARACTERS, MOST_KEYS, read_issuer_keys
from tests.doors.http.senders.logins import private_key, private_pem, public_jwk, public_pem

RSA, EC, ED = (private_key(algorithm) for algorithm in ("RS256", "ES256", "EdDSA"))


def jwks(*keys: dict[str, Any]) -> str:
    return json.dumps({"keys": keys})


def certificate(key: Any) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "login.shop.example")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=9))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    return signed.decode()


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (EC, "ES256"), (ED, "EdDSA")])
def test_a_key_is_read_from_pem_and_from_jwks_alike(key: Any, algorithm: str) -> None:
    (read,) = read_issuer_keys(public_pem(key))
    assert (read.kid, read.algorithm, read.pem) == (None, algorithm, public_pem(key))
    (named,) = read_issuer_keys(jwks(public_jwk(key, algorithm, kid="a", use="sig", alg=algorithm)))
    assert (named.kid, named.algorithm, named.pem) == ("a", algorithm, public_pem(key))
    assert read_issuer_keys(json.dumps(public_jwk(key, algorithm, kid="a"))) == (named,)


def test_a_certificate_and_the_old_form_of_a_key_are_read() -> None:
    assert read_issuer_keys(certificate(RSA)) == read_issuer_keys(public_pem(RSA))
    old = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    assert "RSA PUBLIC KEY" in old
    assert read_issuer_keys(f"a remark before\r\n{old}".replace("\n", "\r\n")) == read_issuer_keys(public_pem(RSA))


def test_several_keys_are_read_in_their_order() -> None:
    both = read_issuer_keys(public_pem(EC) + "\n" + certificate(RSA))
    assert [key.algorithm for key in both] == ["ES256", "RS256"]
    named = jwks(public_jwk(RSA, "RS256", kid="old"), public_jwk(EC, "ES256", kid="new"))
    assert [(key.kid, key.algorithm) for key in read_issuer_keys(named)] == [("old", "RS256"), ("new", "ES256")]
    assert [key.kid for key in read_issuer_keys(named, ["ES256"])] == ["new"]


def test_keys_of_a_jwks_that_are_for_something_else_are_left_out() -> None:
    others = [
        public_jwk(RSA, "RS256", kid="encrypts", use="enc"),
        public_jwk(RSA, "RS256", kid="other padding", alg="PS256"),
        {"kty": "EC", "crv": "P-384", "kid": "other curve", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "Ed448", "kid": "other curve", "x": "AA"},
        {"kty": "AKP", "kid": "of tomorrow", "alg": "ML-DSA-44"},
    ]
    assert [key.kid for key in read_issuer_keys(jwks(*others, public_jwk(EC, "ES256", kid="a")))] == ["a"]
    with pytest.raises(InvalidArgument, match="no public key"):
        read_issuer_keys(jwks(*others))


SMALL = rsa.generate_private_key(65_537, 1_024)  # noqa: S505  # it is to be refused
REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": ("", "neither a JWKS"),
    "no text": (None, "PEM or JWKS"),
    "something else": ("secret", "neither a JWKS"),
    "no JSON": ("{", "no JWKS"),
    "JSON without end": ('{"a":' * 5_000, "no JWKS"),
    "no list of keys": ('{"keys": {}}', "no JWKS"),
    "no keys": ('{"keys": []}', "no public key"),
    "no key": ('{"keys": [1]}', "no JWKS"),
    "an empty object": ("{}", "no public key"),
    "a private key": (private_pem(RSA), "private key"),
    "a private key beside a public one": (public_pem(RSA) + private_pem(EC), "private key"),
    "a private key as JWK": (jwks(public_jwk(EC, "ES256", d="AA")), "private key"),
    "a shared secret": (jwks({"kty": "oct", "k": "c2VjcmV0"}), "shared secret"),
    "a shared secret beside a public key": (jwks(public_jwk(RSA, "RS256"), {"kty": "oct", "k": "AA"}), "shared secret"),
    "a short key": (public_pem(SMALL), "2048 bits"),
    "a short key as JWK": (jwks(public_jwk(SMALL, "RS256")), "2048 bits"),
    "another curve": (public_pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
    "another curve of Edwards": (public_pem(ed448.Ed448PrivateKey.generate()), "Ed25519"),
    "a broken PEM": (public_pem(RSA).replace("A", "!"), "cannot be read"),
    "a PEM without an end": (public_pem(RSA)[:-30], "no end"),
    "a PEM of something else": (public_pem(RSA).replace("PUBLIC KEY", "CMS"), "no public key or certificate"),
    "a broken certificate": (certificate(RSA).replace("MII", "AAA"), "cannot be read"),
    "a broken JWK": (jwks({"kty": "RSA", "n": "AQAB"}), "cannot be read"),
    "a JWK of one point too many": (jwks(public_jwk(EC, "ES256", x="AA", y="AA")), "cannot be read"),
    "a kid that is no text": (jwks(public_jwk(EC, "ES256", kid=7)), "kid"),
    "two keys of one kid": (jwks(*[public_jwk(key, "RS256", kid="a") for key in (RSA, RSA)]), "same kid"),
    "too many keys": (public_pem(EC) * (MOST_KEYS + 1), "at most"),
    "too long": ("{" + " " * MOST_CHARACTERS, "at most"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_public_key_is_refused_and_no_secret_is_shown(name: str) -> None:
    text, told = REFUSED[name]
    with pytest.raises(InvalidArgument, match=told) as refused:
        read_issuer_keys(text)
    assert "c2VjcmV0" not in str(refused.value)


@pytest.mark.parametrize("algorithms", [["HS256"], ["none"], ["RS256", "RS512"], "PS256", [], [None]])
def test_an_algorithm_that_is_not_offered_is_refused(algorithms: Any) -> None:
    with pytest.raises(InvalidArgument, match="algorithm"):
        read_issuer_keys(public_pem(RSA), algorithms)


def test_keys_of_no_algorithm_that_is_wanted_are_told() -> None:
    with pytest.raises(InvalidArgument, match="ES256"):
        read_issuer_keys(public_pem(RSA), "ES256")


@pytest.mark.parametrize(
    ("module", "text"), [("cryptography", public_pem(RSA)), ("jwt", jwks(public_jwk(RSA, "RS256")))]
)
def test_where_the_extra_is_not_installed_it_is_said_how_it_is(
    monkeypatch: pytest.MonkeyPatch, module: str, text: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(FootfallError, match=r"footfall\[http\]"):
        read_issuer_keys(text)
