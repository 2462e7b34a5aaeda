"""Limits: by key, by address, by customer; a bucket of a minute's events for each, and bounded memory for all."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import footfall
from footfall.doors.http.rates import Cost, Rates
from tests.contracts.support import ALICE, BOB, named
from tests.doors.http.client import Client
from tests.doors.http.conftest import SHOP, Keys, token

ONE = ("address", "one")


class Watch:
    """A clock that never goes back."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


STEPS = st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 40)), max_size=60)


@given(a_minute=st.integers(1, 30), steps=STEPS)
def test_no_more_than_a_minute_s_events_beyond_the_even_flow_are_let_through(
    a_minute: int, steps: list[tuple[int, int]]
) -> None:
    watch = Watch()
    rates, taken = Rates(watch), 0
    for milliseconds, events in steps:
        watch.now += milliseconds / 1_000
        if rates.take([Cost(ONE, events, a_minute)]) == 0:
            # What is more than a bucket passes where the bucket is full, and has to be made up for.
            beyond = max(0, events - a_minute)
            assert taken + events - beyond <= a_minute * (1 + (watch.now - 1_000) / 60) + 1e-6
            taken += events


@given(a_minute=st.integers(1, 30), steps=STEPS)
def test_who_waits_as_long_as_it_is_told_is_let_through_and_no_second_earlier(
    a_minute: int, steps: list[tuple[int, int]]
) -> None:
    watch = Watch()
    rates = Rates(watch)
    for milliseconds, events in steps:
        watch.now += milliseconds / 1_000
        wait = rates.take([Cost(ONE, events, a_minute)])
        if wait:
            watch.now += wait - 1.001
            assert rates.take([Cost(ONE, events, a_minute)]) > 0 or wait == 1
            watch.now += 1.001
            assert rates.take([Cost(ONE, events, a_minute)]) == 0


def test_what_is_refused_costs_nothing_and_all_or_none_is_taken() -> None:
    watch = Watch()
    rates = Rates(watch)
    other = ("customer", "other")
    assert rates.take([Cost(ONE, 60, 100)]) == 0
    assert rates.take([Cost(ONE, 60, 100)]) == 12
    assert rates.take([Cost(ONE, 40, 100), Cost(other, 5, 100)]) == 0
    assert rates.take([Cost(ONE, 1, 100), Cost(other, 95, 100)]) == 1
    assert rates.take([Cost(other, 95, 100)]) == 0


def test_a_batch_of_more_than_a_minute_s_events_passes_where_nothing_was_taken_before() -> None:
    watch = Watch()
    rates = Rates(watch)
    assert rates.take([Cost(ONE, 300, 100)]) == 0
    assert rates.take([Cost(ONE, 1, 100)]) == math.ceil(180 + 0.6 - 60)


def test_names_are_forgotten_when_they_are_full_again_and_never_more_than_so_many_are_kept() -> None:
    watch = Watch()
    rates = Rates(watch, most_names=100)
    for number in range(1_000):
        assert rates.take([Cost(("address", str(number)), 10, 10)]) == 0
    assert len(rates._full_at) == 100
    assert rates.take([Cost(("address", "999"), 1, 10)]) > 0
    watch.now += 61
    assert rates.take([Cost(ONE, 1, 10)]) == 0
    assert len(rates._full_at) == 1


def visits(*customers: Any) -> list[dict[str, Any]]:
    return [{"uuid": str(one), "action": "page.visit", "params": {"url": "/"}} for one in customers]


@pytest.fixture
def page(in_memory: footfall.Engine, keys: Keys) -> Callable[..., Client]:
    """A page of the shop, at a door with these limits."""

    def made(**settings: Any) -> Client:
        return Client(footfall.asgi(in_memory, **settings), {"footfall-key": keys.public, "origin": SHOP})

    return made


def test_too_many_of_a_customer_are_refused_with_the_seconds_to_wait(page: Callable[..., Client]) -> None:
    client = page(rate_by_customer=10)
    assert client.post("/v1/events", visits(*[ALICE] * 10)).status == 200
    answer = client.post("/v1/events", visits(BOB, ALICE, BOB))
    assert (answer.status, answer.code, answer.headers["retry-after"]) == (429, "too_many_events", "6")
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert client.post("/v1/events", visits(*[BOB] * 10)).status == 200


@pytest.mark.usefixtures("trusting")
def test_a_token_is_counted_for_its_customer_whomever_the_events_name(page: Callable[..., Client]) -> None:
    client = page(rate_by_customer=10).with_headers(authorization=f"Bearer {token(ALICE)}")
    assert client.post("/v1/events", visits(*[BOB] * 10)).status == 200
    assert client.post("/v1/events", visits(named("carol"))).status == 429


@pytest.mark.usefixtures("trusting")
def test_strangers_who_name_a_customer_take_nothing_from_whoever_has_its_token(page: Callable[..., Client]) -> None:
    stranger = page(rate_by_customer=10)
    assert stranger.post("/v1/events", visits(*[ALICE] * 10)).status == 200
    assert stranger.post("/v1/events", visits(ALICE)).status == 429
    alice = stranger.with_headers(authorization=f"Bearer {token(ALICE)}")
    assert alice.post("/v1/events", visits(*[ALICE] * 10)).status == 200
    assert alice.post("/v1/events", visits(ALICE)).status == 429


def test_too_many_from_an_address_are_refused_whatever_the_port(page: Callable[..., Client]) -> None:
    client = page(rate_by_address=10)
    everybody = [named(f"customer {number}") for number in range(10)]
    assert client.post("/v1/events", visits(*everybody), address="192.0.2.1").status == 200
    assert client.post("/v1/events", visits(ALICE), address="192.0.2.1").status == 429
    assert client.post("/v1/events", visits(ALICE), address="::ffff:192.0.2.1").status == 429
    assert client.post("/v1/events", visits(ALICE), address="192.0.2.2").status == 200


def test_who_has_one_address_of_version_6_has_a_network_of_them(page: Callable[..., Client]) -> None:
    client = page(rate_by_address=1)
    assert client.post("/v1/events", visits(ALICE), address="2001:db8:0:1::1").status == 200
    assert client.post("/v1/events", visits(ALICE), address="2001:db8:0:1:ffff::2").status == 429
    assert client.post("/v1/events", visits(ALICE), address="2001:db8:0:2::1").status == 200


def test_where_there_is_no_address_none_is_counted(page: Callable[..., Client]) -> None:
    client = page(rate_by_address=1)
    for _ in range(3):
        assert client.post("/v1/events", visits(ALICE), address=None).status == 200


def test_no_header_says_where_a_client_is(page: Callable[..., Client]) -> None:
    client = page(rate_by_address=1)
    assert client.post("/v1/events", visits(ALICE), x_forwarded_for="198.51.100.1").status == 200
    assert client.post("/v1/events", visits(ALICE), x_forwarded_for="198.51.100.2").status == 429


def test_a_key_has_its_own_rate(in_memory: footfall.Engine) -> None:
    slow = in_memory.create_key("slow", origins=[SHOP], rate=10).key
    client = Client(footfall.asgi(in_memory), {"footfall-key": slow, "origin": SHOP})
    assert client.post("/v1/events", visits(*[ALICE] * 10)).status == 200
    assert client.post("/v1/events", visits(BOB), address="192.0.2.99").status == 429


def test_a_backend_is_limited_by_its_own_setting_alone(in_memory: footfall.Engine, keys: Keys) -> None:
    settings: list[dict[str, Any]] = [
        {"rate_by_address": 1, "rate_by_customer": 1, "failures_by_address": 1},
        {"rate_by_server_key": 2},
    ]
    statuses = []
    for one in settings:
        client = Client(footfall.asgi(in_memory, **one), {"authorization": f"Bearer {keys.server}"})
        statuses.append([client.post("/v1/events", visits(ALICE)).status for _ in range(3)])
    assert statuses == [[200, 200, 200], [200, 200, 429]]


def test_who_tries_many_keys_is_told_to_wait_and_whoever_has_one_is_not(page: Callable[..., Client]) -> None:
    client = page(failures_by_address=3)
    tries = [client.post("/v1/events", visits(ALICE), footfall_key=f"pk_{number}").status for number in range(5)]
    assert tries == [401, 401, 401, 429, 429]
    assert client.post("/v1/events", visits(ALICE)).status == 200
    assert client.post("/v1/events", visits(ALICE), footfall_key="pk_x", address="192.0.2.9").status == 401


def test_limits_can_be_lifted(page: Callable[..., Client]) -> None:
    client = page(rate_by_address=None, rate_by_customer=None)
    for _ in range(8):
        assert client.post("/v1/events", visits(*[ALICE] * 1_000)).status == 200


@pytest.mark.parametrize(
    "setting", [{"rate_by_address": 0}, {"rate_by_customer": -1}, {"rate_by_server_key": 1.5}, {"body_seconds": 0}]
)
def test_a_bound_that_is_none_is_refused(in_memory: footfall.Engine, setting: dict[str, Any]) -> None:
    with pytest.raises(footfall.InvalidArgument, match=next(iter(setting))):
        footfall.asgi(in_memory, **setting)
