"""Keys that nobody was given, that are over, or that come from where they may not be used: none is let in."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from footfall.domain.sender import Sender
from footfall.doors.http.senders import ADMIN, READ, WRITE, Caller, NotAdmitted, Token
from tests.contracts.support import ALICE, BOB, DAY, SECOND
from tests.doors.http.senders.logins import ORIGIN, Doorway, token


@pytest.fixture
def door() -> Doorway:
    return Doorway()


def backend_id(door: Doorway) -> str:
    rows = door.engine.keys()
    return next(row.key_id for row in rows if row.kind == "server")


WRONG: dict[str, Any] = {
    "a public key that is unknown": lambda _: "pk_" + "0" * 24,
    "a secret that is unknown": lambda _: "sk_" + "0" * 43,
    "a public key in other letters": lambda door: door.shop.upper(),
    "a public key with a blank": lambda door: door.shop + " ",
    "a secret that is cut": lambda door: door.backend[:-1],
    "a secret with a letter more": lambda door: door.backend + "A",
    "a secret with very many letters more": lambda door: door.backend + "A" * 5_000_000,
    "a secret with NUL": lambda door: door.backend + "\0",
    "a secret in other letters": lambda door: door.backend.swapcase(),
    "a secret without its beginning": lambda door: door.backend.removeprefix("sk_"),
    "a public key as a secret": lambda door: door.shop.replace("pk_", "sk_"),
    "the id of a secret": backend_id,
    "the hash of a secret": lambda door: sha256(door.backend.encode()).hexdigest(),
    "the hash of a secret as one": lambda door: f"sk_{sha256(door.backend.encode()).hexdigest()}",
    "a name": lambda _: "backend",
    "letters of another alphabet": lambda _: "sk_čaj",
    "half of a surrogate": lambda _: "sk_\ud800",
    "a token": lambda _: token(),
    "a number": lambda _: 7,
    "a list": lambda door: [door.backend],
}


@pytest.mark.parametrize("name", WRONG)
def test_a_key_that_nobody_was_given_is_refused_like_any_other(door: Doorway, name: str) -> None:
    wrong = WRONG[name](door)
    with pytest.raises(NotAdmitted) as refused:
        door.senders.caller(wrong, None, None)
    told = (refused.value.status, refused.value.code, refused.value.message)
    assert told == (401, "unknown_key", "unknown or revoked key")
    assert door.send(key=wrong) == "unknown_key"
    assert door.engine.stats().events == 0
    assert door.send() == door.send(key=door.backend) == "accepted"


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_key_nobody_is_let_in_with_or_without_a_token(door: Doorway, nothing: Any) -> None:
    for sent in (None, token()):
        with pytest.raises(NotAdmitted, match="key is needed") as refused:
            door.senders.caller(nothing, sent, ORIGIN)
        assert (refused.value.status, refused.value.code) == (401, "no_key")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "https://evilshop.example",
        "https://shop.example/",
        "HTTPS://SHOP.EXAMPLE",
        "https://shop.example https://evil.example",
        "shop.example",
        "*",
    ],
)
def test_a_public_key_is_used_by_pages_of_its_origins_alone(door: Doorway, origin: str) -> None:
    assert door.send(origin=origin) == door.send(token(), origin=origin) == "origin_not_allowed"
    with pytest.raises(NotAdmitted) as refused:
        door.senders.caller(door.shop, None, origin)
    assert refused.value.status == 403
    assert not door.senders.allows(origin)
    assert door.engine.stats().events == 0
    assert door.send(origin=ORIGIN) == "accepted"


def test_an_app_has_no_origin_and_is_let_in(door: Doorway) -> None:
    app = door.engine.create_key("app").key
    door.ticks += 1
    assert door.send(key=app, origin=None) == door.send(origin=None) == "accepted"
    assert door.send(key=app, origin=ORIGIN) == "origin_not_allowed"


def test_a_page_without_an_origin_is_let_in_where_it_is_listed(door: Doorway) -> None:
    sandboxed = door.engine.create_key("sandboxed", origins=["null"]).key
    door.ticks += 1
    assert door.send(key=sandboxed, origin="null") == "accepted"
    assert door.send(origin="null") == "origin_not_allowed"


def test_origins_are_those_of_all_public_keys_that_are_good(door: Doorway) -> None:
    door.engine.create_key("other", origins=["https://other.example", "http://localhost:8000"])
    door.ticks += 1
    assert door.senders.origins() == {ORIGIN, "https://other.example", "http://localhost:8000"}
    assert door.senders.allows("http://localhost:8000")
    door.engine.revoke_key("other")
    door.ticks += 1
    assert door.senders.origins() == {ORIGIN}


def test_a_public_key_may_send_and_no_more(door: Doorway) -> None:
    limited = door.engine.create_key("limited", origins=[ORIGIN], rate=600).key
    door.ticks += 1
    caller = door.senders.caller(limited, None, ORIGIN)
    assert caller == Caller(limited, frozenset(), is_server=False, token=None, rate=600)
    assert door.senders.caller(door.shop, None, ORIGIN).rate is None
    assert caller.sender_for(ALICE) == Sender.anonymous(ALICE, remote=True)


def test_a_backend_may_do_what_its_scopes_say(door: Doorway) -> None:
    reader = door.engine.create_server_key("reader", scopes=["read"]).key
    door.ticks += 1
    assert door.senders.caller(door.backend, None, None).scopes == {WRITE, READ, ADMIN} == {"write", "read", "admin"}
    caller = door.senders.caller(reader, None, None)
    assert (caller.scopes, caller.is_server, caller.sender_for(BOB)) == (frozenset({READ}), True, Sender.server())
    assert reader not in caller.key_id


def test_a_token_makes_its_bearer_the_customer_that_it_names(door: Doorway) -> None:
    anonymous = door.senders.caller(door.shop, token(), ORIGIN)
    assert anonymous.token == Token(ALICE, recognised=False)
    assert anonymous.sender_for(BOB) == Sender.anonymous_with_jwt(ALICE, remote=True)
    recognised = door.senders.caller(door.shop, token(email="a@shop.example"), None)
    assert recognised.token == Token(ALICE, recognised=True)
    assert recognised.sender_for(BOB) == Sender.authenticated(ALICE, remote=True)


def test_a_backend_stays_one_with_a_token_and_a_wrong_token_is_told_all_the_same(door: Doorway) -> None:
    caller = door.senders.caller(door.backend, token(), None)
    assert (caller.token, caller.sender_for(BOB)) == (Token(ALICE, recognised=False), Sender.server())
    assert door.send("a.b.c", key=door.backend) == "invalid_token"


def test_a_recognised_customer_is_closed_to_pages_without_a_token(door: Doorway) -> None:
    assert door.send() == "accepted"
    door.engine.update(ALICE, {"email": "a@shop.example"})
    assert door.send() == "access_denied"
    assert door.send(token()) == door.send(key=door.backend) == "accepted"
    assert door.send(customer=BOB) == "accepted"


def test_the_first_secret_is_refused_when_the_overlap_is_over(door: Doorway) -> None:
    second = door.engine.rotate_key("backend", overlap="24h").key
    door.ticks += 1
    assert door.send(key=door.backend) == door.send(key=second) == "accepted"
    door.clock.now += DAY
    assert (door.send(key=door.backend), door.send(key=second)) == ("unknown_key", "accepted")


def test_nothing_of_a_secret_is_in_what_is_kept_or_shown(door: Doorway) -> None:
    door.engine.rotate_key("backend")
    for shown in (door.engine.keys(), door.engine.trusted(), door.engine._parts.log.catalogue(0)):
        assert door.backend not in repr(shown)
        assert door.backend.removeprefix("sk_") not in repr(shown)
    created = door.engine.create_server_key("another")
    assert created.key not in repr(created)


def test_tokens_that_are_remembered_are_bounded(door: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footfall.doors.http.senders.known.TOKENS_REMEMBERED", 3)
    for number in range(10):
        assert door.send(token(jti=str(number))) == "accepted"
        assert len(door.senders.refresh()._verified) <= 3


def test_a_token_that_was_seen_is_not_verified_again(door: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = token()
    assert door.send(sent) == "accepted"
    monkeypatch.setattr("footfall.doors.http.senders.tokens.jwt.decode", None)
    assert door.send(sent) == "accepted"
    assert door.send(token(jti="another")) == "invalid_token"


def test_a_token_is_judged_by_the_clock_of_the_door(door: Doorway) -> None:
    sent = token()
    door.clock.now -= 40 * SECOND
    assert door.send(sent) == "invalid_token"
    door.clock.now += 40 * SECOND
    assert door.send(sent) == "accepted"
