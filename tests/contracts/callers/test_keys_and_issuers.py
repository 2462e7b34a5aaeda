"""Keys and issuers are kept, listed as they stand or stood, and known to every process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

import footfall
from footfall.domain.moments import iso, to_datetime
from tests.contracts.support import ALICE, MINUTE, NOON, YEAR, ManualClock, OpenEngine, statuses, visit
from tests.doors.http.senders.logins import AUDIENCE, URL, private_key, public_pem

LOGIN = {"issuer": URL, "audience": AUDIENCE}
PEM = public_pem(private_key("RS256"))
OTHER_PEM = public_pem(private_key("ES256"))
START = NOON + YEAR
HOUR = 60 * MINUTE


@pytest.fixture
def store_is_there() -> bool:
    """How a store is created is tested elsewhere."""
    return True


def listed(engine: footfall.Engine, as_of: str | None = None) -> dict[str, str]:
    """Keys by name and what they are: `good`, or `revoked`."""
    rows = engine.keys(as_of=as_of)
    return {row.name: "good" if row.revoked_at is None else "revoked" for row in rows}


def test_keys_are_listed_with_what_they_may_and_without_secrets(engine: footfall.Engine) -> None:
    shop = engine.create_key("shop", origins=["https://shop.example/", "https://m.shop.example"], rate=600)
    backend = engine.create_server_key("backend", scopes=["read"])
    assert (shop.key, shop.kind, backend.kind) == (shop.key_id, "public", "server")
    assert shop.key.startswith("pk_")
    assert backend.key.startswith("sk_")
    assert len(backend.key) > 40
    first, second = engine.keys()
    assert (first.key_id, first.origins, first.rate, first.scopes) == (
        shop.key_id,
        ["https://shop.example", "https://m.shop.example"],
        600,
        [],
    )
    assert (second.key_id, second.origins, second.rate, second.scopes) == (backend.key_id, [], None, ["read"])
    assert to_datetime(START) <= first.created_at <= second.created_at
    assert first.revoked_at is second.revoked_at is first.last_used is second.last_used is None
    assert backend.key not in repr((engine.keys(), backend))


def test_no_two_keys_are_alike(engine: footfall.Engine) -> None:
    made = [engine.create_server_key(f"backend-{number}") for number in range(20)]
    assert len({one.key for one in made}) == len({one.key_id for one in made}) == 20


def test_what_was_let_in_can_be_asked_as_of_any_moment(engine: footfall.Engine, clock: ManualClock) -> None:
    def at(hours: int) -> str:
        clock.now = START + hours * HOUR
        return iso(clock.now + HOUR // 2)

    engine.create_key("shop")
    created = at(1)
    engine.create_server_key("backend")
    engine.trust(PEM, **LOGIN)
    both = at(2)
    engine.revoke_key("shop")
    engine.trust(PEM + OTHER_PEM, **LOGIN)
    revoked = at(3)
    engine.distrust(URL)
    distrusted = at(4)
    engine.define("shop.seen")
    assert listed(engine, iso(START - 1)) == {}
    assert listed(engine, iso(START + HOUR - 1)) == {"shop": "good"}
    assert listed(engine, created) == {"shop": "good", "backend": "good"}
    assert listed(engine, both) == listed(engine) == {"shop": "revoked", "backend": "good"}
    trusted = [[row.algorithms for row in engine.issuers(as_of=moment)] for moment in (created, both, revoked)]
    assert trusted == [[["RS256"]], [["ES256", "RS256"]], []]
    assert engine.issuers(as_of=distrusted) == engine.issuers() == []


def test_a_secret_is_rotated_with_an_overlap(engine: footfall.Engine, clock: ManualClock) -> None:
    engine.create_server_key("backend", scopes=["write"])
    clock.now = START + HOUR
    engine.rotate_key("backend")
    clock.now = START + 2 * HOUR
    engine.rotate_key("backend", overlap=timedelta(hours=24))
    rows = engine.keys()
    ends = [None if row.revoked_at is None else row.revoked_at - to_datetime(START) for row in rows]
    assert [end and end >= timedelta(hours=26) for end in ends] == [True, True, None]
    assert {tuple(row.scopes) for row in rows} == {("write",)}
    engine.revoke_key(rows[0].key_id)
    engine.revoke_key("backend")
    rows = engine.keys()
    assert all(row.revoked_at and row.revoked_at < to_datetime(START + 3 * HOUR) for row in rows)


def test_an_issuer_is_listed_as_it_was_trusted(engine: footfall.Engine) -> None:
    row = engine.trust(PEM, **LOGIN, uuid_claim="customer", recognised_claim="member", leeway="1m")
    assert (
        [row]
        == engine.issuers()
        == [engine.trust(PEM, **LOGIN, uuid_claim="customer", recognised_claim="member", leeway="1m")]
    )
    assert (row.issuer, row.audience, row.keys, row.algorithms) == (URL, AUDIENCE, [None], ["RS256"])
    assert (row.uuid_claim, row.recognised_claim, row.leeway_seconds) == ("customer", "member", 60.0)
    assert engine.trust(PEM, **LOGIN).leeway_seconds == 30.0


WRONG: dict[str, Callable[[footfall.Engine], Any]] = {
    "a name": lambda engine: engine.create_key("a b"),
    "an origin": lambda engine: engine.create_key("other", origins=["shop.example"]),
    "a rate": lambda engine: engine.create_key("other", rate=0),
    "a scope": lambda engine: engine.create_server_key("other", scopes=["everything"]),
    "a name that is taken": lambda engine: engine.create_server_key("shop"),
    "no secret to rotate": lambda engine: engine.rotate_key("shop"),
    "an overlap": lambda engine: engine.rotate_key("backend", overlap=timedelta(seconds=-1)),
    "an overlap without a unit": lambda engine: engine.rotate_key("backend", overlap="24"),
    "no key to revoke": lambda engine: engine.revoke_key("nobody"),
    "no issuer": lambda engine: engine.distrust(URL),
    "a leeway": lambda engine: engine.trust(PEM, **LOGIN, leeway="6m"),
    "an audience": lambda engine: engine.trust(PEM, issuer=URL, audience=""),
    "keys": lambda engine: engine.trust("secret", **LOGIN),
    "an algorithm": lambda engine: engine.trust(PEM, **LOGIN, algorithms=["HS256"]),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_told_and_changes_nothing(engine: footfall.Engine, what: str) -> None:
    engine.create_key("shop")
    engine.create_server_key("backend")
    before = engine.trusted()
    with pytest.raises(footfall.InvalidArgument):
        WRONG[what](engine)
    assert engine.trusted() == before


def test_definitions_timeouts_and_events_are_beside_keys_what_they_are_without(engine: footfall.Engine) -> None:
    timeouts = engine.session_timeouts()
    engine.define("shop.seen")
    known = engine.definitions()
    engine.create_server_key("backend")
    engine.trust(PEM, **LOGIN)
    engine.revoke_key("backend")
    assert (engine.definitions(), engine.session_timeouts()) == (known, timeouts)
    assert statuses(engine.track_many([visit(ALICE, 0)])) == ["accepted"]


@pytest.mark.databases
def test_another_process_knows_them_and_takes_events_in(engine_at: OpenEngine, database_url: str) -> None:
    one, other = engine_at(database_url), engine_at(database_url)
    other.track_many([visit(ALICE, 0)])
    one.create_key("shop")
    one.trust(PEM, **LOGIN)
    assert statuses(other.track_many([visit(ALICE, 1)])) == ["accepted"]
    assert other.keys() == one.keys()
    assert other.trusted() == one.trusted()
    one.close()
    again = engine_at(database_url)
    assert (again.keys(), again.issuers()) == (other.keys(), other.issuers())


@pytest.mark.databases
def test_of_many_who_take_a_name_at_once_one_gets_it(engine_at: OpenEngine, database_url: str) -> None:
    engines = [engine_at(database_url) for _ in range(4)]

    def create(engine: footfall.Engine) -> str:
        try:
            return engine.create_server_key("backend").key_id
        except footfall.InvalidArgument:
            return "taken"

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(create, engines))
    assert made.count("taken") == 3
    rows = engines[0].keys()
    assert [row.key_id for row in rows] == [one for one in made if one != "taken"]


@pytest.mark.databases
def test_many_processes_keep_one_use_a_day(engine_at: OpenEngine, database_url: str) -> None:
    engines = [engine_at(database_url) for _ in range(3)]
    key_id = engines[0].create_server_key("backend").key_id
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda engine: engine.use_key(key_id), engines))
    topics = [one.event.topic for one in engines[0]._parts.log.catalogue(0)[1]]
    assert topics.count("key.used") == 1
