"""Tokens that somebody forged, changed, kept too long or meant for somebody else: none is let in, and nothing is
written. Beside each stands a good token of the same shape, which is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import jwt
import pytest

from footfall.doors.http.senders import NotAdmitted
from tests.contracts.support import ALICE, BOB, SECOND
from tests.doors.http.senders.logins import (
    AUDIENCE,
    HOUR,
    NOW,
    URL,
    Doorway,
    claims,
    private_key,
    public_jwk,
    public_pem,
    token,
)

OWN = private_key("RS256")
FOREIGN = private_key("RS256", "foreign")
LONGEST = 8_192


class Attack(NamedTuple):
    """What is sent, a good token of the same shape, and the answer to the attack."""

    attack: Callable[[], Any]
    control: Callable[[], str] = token
    code: str = "invalid_token"


def base64url(data: bytes | str) -> str:
    whole = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


def part(document: Any) -> str:
    return base64url(json.dumps(document, separators=(",", ":")))


def signed(header: str, payload: str) -> str:
    """Any text signed by the login service itself."""
    signature = jwt.get_algorithm_by_name("RS256").sign(f"{header}.{payload}".encode(), OWN)
    return f"{header}.{payload}.{base64url(signature)}"


def by_secret(secret: bytes, header: dict[str, Any]) -> str:
    """A token signed by HMAC, which the library itself would refuse to do with a public key."""
    text = f"{part(header)}.{part(claims())}"
    return f"{text}.{base64url(hmac.digest(secret, text.encode(), 'sha256'))}"


def unsigned(algorithm: Any, signature: str = "") -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}.{signature}"


def changed(at: int, **fields: Any) -> str:
    """A good token of which one part says something else than what was signed."""
    parts = token().split(".")
    read = json.loads(base64.urlsafe_b64decode(parts[at] + "=="))
    parts[at] = part({**read, **fields})
    return ".".join(parts)


def next_letter(text: str) -> str:
    """The text with its last letter moved on by one: bytes of which no bit is asked for stay what they were."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + letters[letters.index(text[-1]) + 1]


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


def with_end(written: str) -> str:
    """A good token but for its end, which is written so."""
    return signed(part({"alg": "RS256"}), base64url(json.dumps(claims(exp=0)).replace('"exp": 0', f'"exp": {written}')))


def padded_to(length: int) -> str:
    """A good token of so many characters."""
    missing = length - len(token(pad=""))
    for size in range(missing * 3 // 4 - 5, missing):
        if len(made := token(pad="x" * size)) == length:
            return made
    raise AssertionError(length)


PEM = public_pem(OWN)
ATTACKS: dict[str, Attack] = {
    "empty": Attack(lambda: ""),
    "a number": Attack(lambda: 7),
    "an object": Attack(lambda: {"alg": "none"}),
    "no token at all": Attack(lambda: "a.b.c"),
    "algorithm none": Attack(lambda: unsigned("none")),
    "algorithm none with a signature": Attack(lambda: unsigned("none", token().split(".")[2])),
    "algorithm none in other letters": Attack(lambda: unsigned("nOnE", "AA")),
    "algorithm that is no text": Attack(lambda: unsigned(["RS256"], token().split(".")[2])),
    "no algorithm": Attack(lambda: f"{part({'typ': 'JWT'})}.{'.'.join(token().split('.')[1:])}"),
    "public key as a shared secret": Attack(lambda: by_secret(PEM.encode(), {"alg": "HS256"})),
    "public key as a shared secret, without its last line": Attack(
        lambda: by_secret(PEM.strip().encode(), {"alg": "HS256", "typ": "JWT"})
    ),
    "shared secret of nothing": Attack(lambda: by_secret(b"", {"alg": "HS256"})),
    "RS256 said, HMAC done": Attack(lambda: by_secret(PEM.encode(), {"alg": "RS256"})),
    "another algorithm of the right key": Attack(lambda: token(OWN, "RS512")),
    "another padding of the right key": Attack(lambda: token(OWN, "PS256")),
    "another key": Attack(lambda: token(FOREIGN)),
    "another key of another algorithm": Attack(lambda: token(private_key("ES256"), "ES256")),
    "another key that it brings along": Attack(
        lambda: token(FOREIGN, headers={"jwk": public_jwk(FOREIGN, "RS256")}),
        lambda: token(headers={"jwk": public_jwk(OWN, "RS256")}),
    ),
    "another key that it says where to get": Attack(
        lambda: token(FOREIGN, headers={"jku": "https://evil.example/keys", "x5u": "https://evil.example/key"}),
        lambda: token(headers={"jku": "https://login.shop.example/keys"}),
    ),
    "another key named as a file": Attack(
        lambda: jwt.encode(claims(), b"\0" * 32, "HS256", {"kid": "../../../dev/null"}),
        lambda: token(headers={"kid": "../../../dev/null"}),
    ),
    "a kid that is no text": Attack(
        lambda: signed(part({"alg": "RS256", "kid": {"$ne": 1}}), part(claims())),
        lambda: signed(part({"alg": "RS256", "kid": "any"}), part(claims())),
    ),
    "no end": Attack(lambda: token(exp=None)),
    "an end that is past by the leeway": Attack(
        lambda: token(exp=NOW - 30), lambda: token(exp=NOW - 29), "token_expired"
    ),
    "an end that is long past": Attack(lambda: token(exp=NOW - HOUR), code="token_expired"),
    "an end that is text": Attack(lambda: token(exp=f"{NOW + HOUR}")),
    "an end that is true": Attack(lambda: signed(part({"alg": "RS256"}), part(claims(exp=True)))),
    "an end that never comes": Attack(
        lambda: signed(part({"alg": "RS256"}), part(claims(exp=float("inf")))),
        lambda: signed(part({"alg": "RS256"}), part(claims(exp=NOW + 0.5))),
    ),
    "an end that is no number": Attack(lambda: signed(part({"alg": "RS256"}), part(claims(exp=float("nan"))))),
    "an end beyond all digits": Attack(
        lambda: signed(
            part({"alg": "RS256"}), base64url(json.dumps(claims(exp=0)).replace('"exp": 0', f'"exp": {"9" * 4_400}'))
        )
    ),
    "an end beyond all years": Attack(lambda: token(exp=10**15)),
    "an end before all years": Attack(lambda: token(exp=-(10**300)), code="invalid_token"),
    "a beginning ahead": Attack(lambda: token(nbf=NOW + 31), lambda: token(nbf=NOW + 30)),
    "issued ahead": Attack(lambda: token(iat=NOW + 31), lambda: token(iat=NOW + 30)),
    "a beginning that is text": Attack(lambda: token(nbf="now"), lambda: token(nbf=NOW)),
    "another audience": Attack(lambda: token(aud="shop")),
    "no audience": Attack(lambda: token(aud=None)),
    "other audiences": Attack(lambda: token(aud=["shop", "foot"]), lambda: token(aud=["shop", AUDIENCE])),
    "an audience in other letters": Attack(lambda: token(aud=AUDIENCE.upper())),
    "another issuer": Attack(lambda: token(iss="https://evil.example")),
    "no issuer": Attack(lambda: token(iss=None)),
    "an issuer with a slash more": Attack(lambda: token(iss=f"{URL}/")),
    "a list of issuers": Attack(lambda: signed(part({"alg": "RS256"}), part(claims(iss=[URL])))),
    "another customer than was signed": Attack(lambda: changed(1, sub=str(BOB)), lambda: changed(1)),
    "another header than was signed": Attack(lambda: changed(0, kid="other"), lambda: changed(0)),
    "a signature of another letter at its end": Attack(lambda: next_letter(token())),
    "a signature that is cut": Attack(lambda: token()[:-4]),
    "no signature": Attack(lambda: token().rpartition(".")[0] + "."),
    "two parts": Attack(lambda: token().rpartition(".")[0]),
    "letters behind": Attack(lambda: token() + "AAAA"),
    "a line break behind": Attack(lambda: token() + "\n"),
    "padding behind": Attack(lambda: token() + "=="),
    "what base64 overlooks": Attack(lambda: token().replace(".", "!."), token),
    "NUL behind": Attack(lambda: token() + "\0"),
    "a blank before": Attack(lambda: f" {token()}"),
    "the scheme before": Attack(lambda: f"Bearer {token()}"),
    "two tokens": Attack(lambda: f"{token()},{token()}"),
    "five parts": Attack(lambda: f"{token()}.AA.AA"),
    "letters of another alphabet": Attack(lambda: token().replace("e", "\N{CYRILLIC SMALL LETTER IE}")),
    "half of a surrogate": Attack(lambda: token() + "\ud800"),
    "a JSON form of a token": Attack(
        lambda: json.dumps(dict(zip(("protected", "payload", "signature"), token().split("."), strict=True)))
    ),
    "5 MB": Attack(lambda: "a" * 5_000_000),
    "one character too long": Attack(lambda: padded_to(LONGEST) + "a", lambda: padded_to(LONGEST)),
    "a nested header": Attack(lambda: signed(base64url(f'{{"alg":"RS256","a":{deep(1_500)}}}'), part(claims()))),
    "a nested payload": Attack(
        lambda: with_end(f'{NOW + HOUR}, "a": {deep(1_500)}'), lambda: with_end(f'{NOW + HOUR}, "a": {deep(20)}')
    ),
    "a payload that is no object": Attack(lambda: signed(part({"alg": "RS256"}), part([claims()]))),
    "a payload that is no JSON": Attack(lambda: signed(part({"alg": "RS256"}), base64url(b"\xff\xfe"))),
    "an extension that is not known": Attack(
        lambda: token(headers={"crit": ["until"], "until": 1}), lambda: token(headers={"until": 1})
    ),
    "no extension that must be known": Attack(lambda: signed(part({"alg": "RS256", "crit": []}), part(claims()))),
    "a payload that is not encoded": Attack(
        lambda: signed(part({"alg": "RS256", "b64": False, "crit": ["b64"]}), part(claims()))
    ),
    "no customer": Attack(lambda: token(sub=None)),
    "a customer that is no uuid": Attack(lambda: token(sub="alice")),
    "a customer with NUL": Attack(lambda: token(sub=f"{ALICE}\0")),
    "a customer with a line break": Attack(lambda: token(sub=f"{ALICE}\n")),
    "a customer in braces": Attack(lambda: token(sub=f"{{{ALICE}}}"), lambda: token(sub=str(ALICE).upper())),
    "a customer as a urn": Attack(lambda: token(sub=ALICE.urn)),
    "a customer that is a number": Attack(lambda: signed(part({"alg": "RS256"}), part(claims(sub=7)))),
    "a list of customers": Attack(lambda: signed(part({"alg": "RS256"}), part(claims(sub=[str(ALICE), str(BOB)])))),
    "another customer than the event's": Attack(lambda: token(sub=str(BOB)), code="foreign_customer"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_is_written_by_an_attack_and_a_good_token_of_its_shape_is_let_in(name: str) -> None:
    attack, control, code = ATTACKS[name]
    door = Doorway()
    for _ in range(2):  # what was refused is not remembered as good
        assert door.send(attack()) == code
    assert door.engine.stats().events == 0
    assert door.send(control()) == "accepted"
    assert door.send(attack()) == code
    assert door.engine.stats().events == 1


def test_there_are_many_attacks() -> None:
    assert len(ATTACKS) >= 60
    assert all(attack.control() for attack in ATTACKS.values())


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_key_signs_by_its_own_algorithm_alone_whatever_the_header_says(algorithm: str) -> None:
    door = Doorway(trusting=False)
    own = private_key(algorithm)
    door.trust(public_pem(own))
    assert door.send(token(own, algorithm)) == "accepted"
    assert door.send(token(private_key(algorithm, "foreign"), algorithm)) == "invalid_token"
    for other in {"RS256", "ES256", "EdDSA"} - {algorithm}:
        assert door.send(token(private_key(other), other)) == "invalid_token"
    header, payload, signature = token(own, algorithm).split(".")
    for other in ("RS256", "ES256", "EdDSA", "HS256", "none"):
        forged = ".".join((part({"alg": other, "typ": "JWT"}), payload, signature))
        if forged != f"{header}.{payload}.{signature}":
            assert door.send(forged) == "invalid_token"
    secret = hashlib.sha256(public_pem(own).encode()).digest()
    assert door.send(by_secret(secret, {"alg": "HS256"})) == "invalid_token"


@pytest.mark.parametrize("signature", [b"\0" * 64, b"\0" * 32 + b"\1" * 32, b"", b"\xff" * 64])
def test_a_signature_of_nothing_but_zeros_is_none(signature: bytes) -> None:
    for algorithm in ("ES256", "EdDSA"):
        door = Doorway(trusting=False)
        door.trust(public_pem(private_key(algorithm)))
        text = ".".join(token(private_key(algorithm), algorithm).split(".")[:2])
        assert door.send(f"{text}.{base64url(signature)}") == "invalid_token"


def test_only_the_algorithms_that_an_issuer_was_trusted_with_are_taken() -> None:
    both = json.dumps({"keys": [public_jwk(private_key(one), one) for one in ("RS256", "ES256")]})
    door = Doorway(trusting=False)
    door.trust(both, algorithms=["ES256"])
    assert door.send(token()) == "invalid_token"
    assert door.send(token(algorithm="ES256")) == "accepted"


def test_a_key_is_that_of_the_issuer_and_of_the_kid_that_the_token_names() -> None:
    keys = {name: private_key("RS256", name) for name in ("a", "b")}
    door = Doorway(trusting=False)
    door.trust(json.dumps({"keys": [public_jwk(key, "RS256", kid=name) for name, key in keys.items()]}))
    door.trust(public_pem(FOREIGN), issuer="https://other.example")
    for name, key in keys.items():
        assert door.send(token(key, headers={"kid": name})) == "accepted"
    assert door.send(token(keys["a"], headers={"kid": "b"})) == "invalid_token"
    assert door.send(token(keys["a"], headers={"kid": "c"})) == "invalid_token"
    assert door.send(token(keys["a"])) == "invalid_token"  # by which of the two it does not say
    assert door.send(token(FOREIGN)) == "invalid_token"
    assert door.send(token(keys["a"], headers={"kid": "a"}, iss="https://other.example")) == "invalid_token"
    assert door.send(token(FOREIGN, iss="https://other.example")) == "accepted"


def test_a_token_without_a_kid_is_of_the_one_key_that_there_is() -> None:
    door = Doorway(trusting=False)
    door.trust(json.dumps(public_jwk(OWN, "RS256", kid="a")))
    assert door.send(token()) == "accepted"
    assert door.send(token(headers={"kid": "b"})) == "invalid_token"


def test_one_of_several_keys_without_ids_may_have_signed() -> None:
    door = Doorway(trusting=False)
    door.trust(public_pem(OWN) + public_pem(FOREIGN))
    assert door.send(token()) == door.send(token(FOREIGN, headers={"kid": "new"})) == "accepted"
    assert door.send(token(private_key("RS256", "third"))) == "invalid_token"


def test_a_customer_is_named_by_the_claim_that_is_set_and_no_other() -> None:
    door = Doorway(trusting=False)
    door.trust(PEM, uuid_claim="https://shop.example/customer")
    named: dict[str, Any] = {"https://shop.example/customer": str(ALICE)}
    assert door.send(token(sub=None, **named)) == door.send(token(sub="user 7", **named)) == "accepted"
    assert door.send(token()) == "invalid_token"


def test_a_token_that_was_seen_is_refused_once_it_has_expired() -> None:
    door = Doorway()
    sent = token(exp=NOW + 60)
    assert door.send(sent) == door.send(sent) == "accepted"
    door.clock.now += 89 * SECOND
    assert door.send(sent) == "accepted"  # within the leeway
    door.clock.now += 1 * SECOND
    assert door.send(sent) == "token_expired"


def test_a_token_that_was_seen_is_refused_once_its_issuer_is_not_trusted_or_its_key_has_gone() -> None:
    door = Doorway()
    assert door.send(token()) == "accepted"
    door.trust(public_pem(FOREIGN))
    door.ticks += 1
    assert door.send(token()) == "invalid_token"
    assert door.send(token(FOREIGN)) == "accepted"
    door.engine.distrust(URL)
    door.ticks += 1
    assert door.send(token(FOREIGN)) == "invalid_token"


@pytest.mark.parametrize("name", ATTACKS)
def test_no_answer_to_a_token_holds_any_of_it(name: str) -> None:
    door, sent = Doorway(), ATTACKS[name].attack()
    if ATTACKS[name].code == "foreign_customer":
        return
    with pytest.raises(NotAdmitted) as refused:
        door.senders.caller(door.shop, sent, None)
    assert str(ALICE) not in refused.value.message
    parts = sent.split(".") if isinstance(sent, str) else []
    assert not [one for one in parts if len(one) > 2 and one in refused.value.message]
