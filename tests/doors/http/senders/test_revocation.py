"""What is revoked in one process is refused in every other within two seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

import footfall
from footfall.domain.trusted import Trusted
from footfall.doors.http.senders import NotAdmitted, Senders
from footfall.doors.http.senders.senders import SECONDS_BETWEEN
from footfall.engine.engine import system_clock
from tests.contracts.subscription.following import eventually
from tests.contracts.support import OpenEngine
from tests.doors.http.senders.logins import AUDIENCE, NOW, ORIGIN, URL, Doorway, private_key, public_pem, token
from tests.forked import Forked


@pytest.fixture
def store_is_there() -> bool:
    """How a store is created is tested elsewhere."""
    return True


class Ticks:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def code(senders: Senders, key: str, sent: str | None = None, origin: str | None = None) -> str:
    senders.bring_up_to_date()
    try:
        senders.caller(key, sent, origin)
    except NotAdmitted as refused:
        return refused.code
    return "let in"


REVOKED: dict[str, tuple[Callable[[footfall.Engine], Any], str]] = {
    "a public key": (lambda engine: engine.revoke_key("shop"), "unknown_key"),
    "a secret": (lambda engine: engine.revoke_key("backend"), "unknown_key"),
    "an issuer": (lambda engine: engine.distrust(URL), "invalid_token"),
}


def test_it_is_looked_for_often_enough() -> None:
    assert SECONDS_BETWEEN <= 1


@pytest.mark.parametrize("what", REVOKED)
def test_another_process_refuses_it_with_its_next_look(engine_at: OpenEngine, database_url: str, what: str) -> None:
    one, other = engine_at(database_url), engine_at(database_url)
    shop, backend = one.create_key("shop", origins=[ORIGIN]).key, one.create_server_key("backend").key
    one.trust(public_pem(private_key("RS256")), issuer=URL, audience=AUDIENCE)
    sent = {"a public key": (shop, None), "a secret": (backend, None), "an issuer": (shop, token())}[what]
    ticks = Ticks()
    senders = Senders(other, lambda: NOW * 1_000_000, ticks)
    assert code(senders, *sent) == code(senders, *sent) == "let in"
    revoke, answer = REVOKED[what]
    revoke(one)
    ticks.now += SECONDS_BETWEEN
    assert code(senders, *sent) == answer


def test_the_log_is_read_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    door, ticks = Doorway(), Ticks()
    senders = Senders(door.engine, lambda: door.clock.now, ticks)
    read, looked = door.engine.trusted, list[float]()

    def watched() -> Trusted:
        looked.append(ticks.now)
        return read()

    monkeypatch.setattr(door.engine, "trusted", watched)
    for _ in range(10):
        ticks.now += 0.25
        senders.bring_up_to_date()
        senders.caller(door.shop, token(), ORIGIN)
        senders.allows(ORIGIN)
    assert looked == [100.25, 101.25, 102.25]


def test_nobody_is_let_in_by_what_may_be_over_where_the_store_does_not_answer() -> None:
    door = Doorway()
    assert door.send() == "accepted"
    door.engine.close()
    assert not door.known.is_stale
    door.ticks += SECONDS_BETWEEN
    assert door.known.is_stale
    for _ in range(2):
        with pytest.raises(footfall.EngineClosed):
            door.senders.caller(door.shop, None, ORIGIN)


def test_what_was_verified_outlasts_what_has_nothing_to_do_with_it() -> None:
    door = Doorway()
    known = door.senders.refresh()
    door.engine.define("shop.seen")
    assert door.senders.refresh() is known
    door.engine.revoke_key("shop")
    assert door.senders.refresh() is not known


def test_the_use_of_a_secret_is_kept_for_the_day(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    backend = engine.create_server_key("backend").key
    shop = engine.create_key("shop").key
    ticks = Ticks()
    senders = Senders(engine, system_clock, ticks)
    for _ in range(3):
        assert code(senders, backend) == code(senders, shop) == "let in"
    assert eventually(lambda: engine.keys()[0].last_used is not None)
    ticks.now += 1
    assert code(senders, backend) == "let in"
    rows = engine.keys()
    assert [row.last_used is None for row in rows] == [False, True]
    topics = [one.event.topic for one in engine._parts.log.catalogue(0)[1]]
    assert topics.count("key.used") == 1


def test_a_secret_whose_use_cannot_be_kept_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    door, tried = Doorway(), []

    def full(key_id: str) -> None:
        tried.append(key_id)
        raise footfall.StoreFull("no room")

    monkeypatch.setattr(door.engine, "use_key", full)
    assert door.send(key=door.backend) == door.send(key=door.backend) == "accepted"
    assert eventually(lambda: bool(tried))
    assert len(tried) == 1


def asks(url: str, key: str) -> None:
    """A process that tells whether a key is let in, whenever it is asked."""
    with footfall.open(url) as engine:
        senders = Senders(engine, system_clock)
        for _ in sys.stdin:
            sys.stdout.write(f"{code(senders, key)}\n")
            sys.stdout.flush()


def test_a_process_of_its_own_refuses_what_this_one_has_revoked(engine_at: OpenEngine, database_url: str) -> None:
    engine = engine_at(database_url)
    backend = engine.create_server_key("backend").key
    with Forked(asks, database_url, backend) as other:

        def answer() -> str:
            other.stdin.write("?\n")
            other.stdin.flush()
            return other.stdout.readline().strip()

        assert answer() == "let in"
        engine.revoke_key("backend")
        assert eventually(lambda: answer() == "unknown_key")
        other.stdin.close()
        assert other.wait() == 0
