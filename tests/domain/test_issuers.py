"""Issuers by their events, and what the claims of their tokens say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from footfall.domain.catalogue import stream_id, stream_of
from footfall.domain.errors import InvalidArgument
from footfall.domain.events import ActionRemoved, CatalogueEvent, IssuerDistrusted, IssuerTrusted
from footfall.domain.issuer import MOST_LEEWAY, Issuer, IssuerKey, check_issuer
from footfall.domain.issuers import NO_ISSUERS, advance, distrust, replay, trust
from tests.builders import NOON

URL = "https://login.shop.example"
LOGIN = Issuer(URL, "footfall", (IssuerKey("a", "RS256", "PEM"),))
ROTATED = replace(LOGIN, keys=(*LOGIN.keys, IssuerKey("b", "RS256", "PEM")))


def test_an_issuer_is_trusted_once_and_anew_where_something_changed() -> None:
    events = trust(NO_ISSUERS, LOGIN, NOON)
    assert events == [IssuerTrusted(NOON, LOGIN)]
    trusted = advance(NO_ISSUERS, events)
    assert trusted == {URL: (NOON, LOGIN)}
    assert trust(trusted, LOGIN, NOON + 1) == []
    assert advance(trusted, trust(trusted, ROTATED, NOON + 1)) == {URL: (NOON + 1, ROTATED)}


def test_an_issuer_is_distrusted_where_it_is_trusted() -> None:
    trusted = advance(NO_ISSUERS, [IssuerTrusted(NOON, LOGIN)])
    events = distrust(trusted, URL, NOON + 1)
    assert events == [IssuerDistrusted(NOON + 1, URL)]
    assert advance(trusted, events) == {}
    with pytest.raises(InvalidArgument, match=URL):
        distrust(trusted, "https://other.example", NOON)


def test_issuers_as_of_a_moment_are_what_events_had_made_of_them_by_then() -> None:
    events: list[CatalogueEvent] = [
        IssuerTrusted(10, LOGIN),
        ActionRemoved(15, "shop.seen"),
        IssuerTrusted(20, ROTATED),
        IssuerDistrusted(30, URL),
    ]
    assert replay(events, until=9) == {}
    assert replay(events, until=19) == {URL: (10, LOGIN)}
    assert replay(events, until=29) == {URL: (20, ROTATED)}
    assert replay(events, until=30) == replay(events) == {}
    known = replay(events, until=29)
    assert advance(known, events[1:2]) is known


def test_what_is_of_one_issuer_is_of_one_stream() -> None:
    trusted, distrusted = stream_of(IssuerTrusted(1, LOGIN)), stream_of(IssuerDistrusted(2, URL))
    assert trusted == distrusted == stream_id(f"issuer {URL}")


@pytest.mark.parametrize(
    ("claims", "recognised"),
    [
        ({}, False),
        ({"email": "a@shop.example"}, True),
        ({"customer_id": 7}, True),
        ({"recognised": True}, True),
        ({"email": ""}, False),
        ({"email": None}, False),
        ({"email": False}, False),
        ({"customer_id": {}}, False),
        ({"recognised": "true"}, False),
        ({"recognised": 1}, False),
        ({"recognised": False, "name": "a"}, False),
    ],
)
def test_who_is_recognised_where_no_claim_is_named(claims: dict[str, Any], recognised: bool) -> None:
    assert LOGIN.recognises(claims) == recognised


@pytest.mark.parametrize(("said", "recognised"), [(True, True), ("gold", True), (0, True), (False, False), ("", False)])
def test_who_is_recognised_by_the_claim_that_is_named_and_no_other(said: Any, recognised: bool) -> None:
    issuer = replace(LOGIN, recognised_claim="member")
    assert issuer.recognises({"member": said}) == recognised
    assert not issuer.recognises({"email": "a@shop.example", "recognised": True})


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": ""},
        {"url": "https://a.example\n"},
        {"url": "x" * 501},
        {"audience": ""},
        {"audience": "a\x00"},
        {"audience": " a"},
        {"uuid_claim": ""},
        {"recognised_claim": "a\tb"},
        {"recognised_claim": ""},
        {"leeway": -1},
        {"leeway": MOST_LEEWAY + 1},
    ],
)
def test_an_issuer_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    assert check_issuer(LOGIN) is LOGIN
    with pytest.raises(InvalidArgument):
        check_issuer(replace(LOGIN, **wrong))
