"""Who may send what for whom: every access level by every sender, and thousands of tries to write for somebody else."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

import footfall
from footfall import Access
from tests.contracts.support import ALICE, BOB, CAROL, OpenEngine
from tests.doors.http.client import Client
from tests.doors.http.conftest import SHOP, Keys, made, token, trust

SENDERS: dict[str, Callable[[Client, Keys], Client]] = {
    "server": lambda client, keys: client.with_headers(authorization=f"Bearer {keys.server}"),
    "authenticated": lambda client, keys: page(client, keys, token(ALICE, recognised=True)),
    "anonymous_with_jwt": lambda client, keys: page(client, keys, token(ALICE)),
    "anonymous": lambda client, keys: page(client, keys),
}
LEVELS = list(SENDERS)


def page(client: Client, keys: Keys, jwt: str | None = None) -> Client:
    """A page of the shop, perhaps with a token."""
    own = {} if jwt is None else {"authorization": f"Bearer {jwt}"}
    return client.with_headers(footfall_key=keys.public, origin=SHOP, **own)


def event(customer: UUID, action: str = "page.visit") -> dict[str, Any]:
    return {"uuid": str(customer), "action": action, "params": {"url": "/"}}


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("sender", LEVELS)
@pytest.mark.parametrize("access", list(Access))
def test_a_level_admits_itself_and_those_before_it(
    in_memory: footfall.Engine, anybody: Client, keys: Keys, access: Access, sender: str
) -> None:
    in_memory.define("some.thing", access=access)
    answer = SENDERS[sender](anybody, keys).post("/v1/events", event(ALICE, "some.thing"))
    may = LEVELS.index(sender) <= LEVELS.index(str(access))
    assert answer.statuses == ["accepted" if may else "rejected access_denied"]


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("server", "accepted"),
        ("authenticated", "accepted"),
        ("anonymous_with_jwt", "accepted"),
        ("anonymous", "rejected access_denied"),
    ],
)
def test_attributes_need_a_token(anybody: Client, keys: Keys, sender: str, expected: str) -> None:
    body = {"uuid": str(ALICE), "attributes": {"plan": "gold"}}
    assert SENDERS[sender](anybody, keys).post("/v1/customers", body).statuses == [expected]


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("sender", LEVELS)
def test_orders_and_reserved_actions_are_the_backend_s(anybody: Client, keys: Keys, sender: str) -> None:
    client = SENDERS[sender](anybody, keys)
    order = client.post("/v1/orders", {"uuid": str(ALICE), "order_id": "1", "items": [{"sku": "tea"}]})
    assert order.statuses == ["accepted" if sender == "server" else "rejected access_denied"]
    for action in ("transaction.charge", "product.buy", "session.start", "session.end"):
        assert client.post("/v1/events", event(ALICE, action)).statuses == ["rejected reserved_action"]


@pytest.mark.usefixtures("trusting")
def test_without_a_token_nobody_writes_for_a_customer_who_is_recognised(anybody: Client, keys: Keys) -> None:
    assert page(anybody, keys).post("/v1/events", event(ALICE)).statuses == ["accepted"]
    backend = SENDERS["server"](anybody, keys)
    backend.post("/v1/customers", {"uuid": str(ALICE), "attributes": {"email": "a@shop.example"}})
    assert page(anybody, keys).post("/v1/events", event(ALICE)).statuses == ["rejected access_denied"]
    assert page(anybody, keys).post("/v1/events", event(BOB)).statuses == ["accepted"]
    for sender in ("server", "authenticated", "anonymous_with_jwt"):
        assert SENDERS[sender](anybody, keys).post("/v1/events", event(ALICE)).statuses == ["accepted"]


def test_a_refusal_does_not_tell_whether_a_customer_exists(anybody: Client, keys: Keys, in_memory: Any) -> None:
    trust(in_memory)
    in_memory.track(BOB, "page.visit", {"url": "/"})
    client = page(anybody, keys, token(ALICE))
    answers = [client.post("/v1/events", event(one)).document["results"][0] for one in (BOB, CAROL)]
    told = [
        {name: str(one[name]).replace(str(who), "") for name in ("status", "reason", "detail")}
        for one, who in zip(answers, (BOB, CAROL), strict=True)
    ]
    assert told[0] == told[1]


# What somebody may try who holds Alice's token, and wants an event to be Bob's.

PLURALS = {"/v1/events": "events", "/v1/customers": "customers", "/v1/orders": "orders"}
TRIES, TRIES_AT_FULL_LENGTH = 3_000, 10_000


def wanted(path: str, chance: random.Random, name: str) -> dict[str, Any]:
    """Something for a customer of this name."""
    if path == "/v1/customers":
        return {"uuid": name, "attributes": {"plan": "mine"}}
    if path == "/v1/orders":
        return {"uuid": name, "order_id": str(chance.random()), "items": [{"sku": "tea"}]}
    action = chance.choice(["page.visit", "button.click", "for.everybody"])
    return {"uuid": name, "action": action, "params": {"url": "/", "uuid": str(BOB)}}


def of_bob(chance: random.Random) -> str:
    """Bob, in one of the ways in which a UUID is written."""
    return chance.choice([str(BOB), str(BOB).upper(), BOB.hex, f"{{{BOB}}}", f"urn:uuid:{BOB}"])


def tries(chance: random.Random) -> Iterator[tuple[str, Any, dict[str, str], str]]:
    """A path with its query, a body, headers, and a token."""
    while True:
        path = chance.choice(list(PLURALS))
        good, bad = wanted(path, chance, str(ALICE)), wanted(path, chance, of_bob(chance))
        items = chance.choice([[bad], [good, bad], [bad, good], [bad] * 3, [good, bad, good]])
        whole = chance.choice(
            [
                items,
                {PLURALS[path]: items},
                {PLURALS[path]: items, "uuid": str(BOB)},
                bad,
                bad | {"customer": str(BOB), "sub": str(BOB)},
            ]
        )
        headers = chance.choice([{}, {"x-customer": str(BOB)}, {"footfall-customer": str(BOB)}, {"uuid": str(BOB)}])
        query = chance.choice(["", "", "", f"?uuid={BOB}", f"?customer={BOB}", f"?sub={BOB}"])
        jwt = token(ALICE, recognised=chance.random() < 0.5)
        yield path + query, whole, headers, chance.choice([jwt, jwt, jwt, tampered(jwt, chance)])


def tampered(jwt: str, chance: random.Random) -> str:
    """Alice's token with Bob's payload, or with another end."""
    head, _, signature = jwt.split(".")
    _, payload, _ = token(BOB, recognised=True).split(".")
    return chance.choice([f"{head}.{payload}.{signature}", f"{head}.{payload}.", jwt[:-4] + "AAAA", f"{jwt}.{payload}"])


@pytest.fixture
def engine(engine_at: OpenEngine, sqlite_url: str) -> footfall.Engine:
    """A real store."""
    return engine_at(sqlite_url)


def test_of_thousands_of_foreign_writes_none_is_stored(engine: footfall.Engine, pytestconfig: pytest.Config) -> None:
    number = TRIES_AT_FULL_LENGTH if pytestconfig.getoption("full_length") else TRIES
    trust(engine)
    engine.define("for.everybody", access=Access.ANONYMOUS)
    unlimited = footfall.asgi(engine, rate_by_customer=None, rate_by_address=None, failures_by_address=None)
    client, keys, chance = Client(unlimited), made(engine), random.Random(7)
    own = 0
    for (target, body, headers, jwt), _ in zip(tries(chance), range(number), strict=False):
        if isinstance(body, dict) and PLURALS[target.split("?")[0]] in body and chance.random() < 0.5:
            body |= {"key": keys.public, "token": jwt}
        else:
            headers |= {"footfall-key": keys.public, "authorization": f"Bearer {jwt}"}
        answer = client.with_headers(origin=SHOP, **headers).post(target, body)
        assert answer.status in (200, 400, 401)
        own += answer.body.count(b'"accepted"')
    assert (engine.profile(BOB).version, engine.timeline(BOB), engine.page_visits(BOB)) == (0, [], [])
    assert engine.stats().customers == 1
    assert own > number // 20  # what was Alice's, in the same batches, was taken
    # The control: the same, by who may.
    backend = client.with_headers(authorization=f"Bearer {keys.server}")
    for path in PLURALS:
        assert set(backend.post(path, [wanted(path, chance, str(BOB)) for _ in range(20)]).statuses) == {"accepted"}
    assert engine.profile(BOB).version > 0
