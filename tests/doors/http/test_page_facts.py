"""The facts of page visits: what is told of a visitor, what is not, and that no header spoils a visit."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import footfall
import footfall.testing
from footfall.domain.builtin import BUILT_IN
from footfall.domain.definition import Parameter, ParameterType
from footfall.doors.http.page_fact_settings import AddressForm, PageFactSettings, page_facts_named
from footfall.doors.http.page_facts import browser_events, page_facts, with_facts
from tests.contracts.support import ALICE, named
from tests.doors.http.test_user_agents import HEADLESS

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
HEADERS = {"user-agent": FIREFOX, "accept-language": "de-AT,de;q=0.9,en;q=0.8"}
KEY = bytes(range(32))
DEFAULT = PageFactSettings()
HASHED = PageFactSettings(address=AddressForm.HASHED, address_key=KEY)
TRUNCATED = PageFactSettings(address=AddressForm.TRUNCATED)
SHOP = "https://shop.example/tea"


def facts(
    headers: Mapping[str, str] | None = None,
    address: str | None = None,
    url: str | None = None,
    settings: PageFactSettings = DEFAULT,
) -> dict[str, Any]:
    return page_facts(headers or {}, address, url, settings)


def test_a_visit_is_told_of_by_browser_device_language_and_campaign() -> None:
    url = f"{SHOP}?utm_source=mail&utm_medium=newsletter&utm_campaign=spring%20sale&utm_term=tea&utm_content=top#x"
    assert facts(HEADERS, "203.0.113.9", url) == {
        "browser": "Firefox",
        "device": "desktop",
        "language": "de-AT",
        "utmSource": "mail",
        "utmMedium": "newsletter",
        "utmCampaign": "spring sale",
        "utmTerm": "tea",
        "utmContent": "top",
    }


def test_what_is_not_known_is_not_there() -> None:
    assert facts() == facts({"user-agent": "", "accept-language": ""}, "", "") == {}


def test_a_bot_is_marked_and_nobody_else_is() -> None:
    assert facts({"user-agent": GOOGLEBOT}) == {"browser": "Googlebot", "bot": True}
    assert "bot" not in facts(HEADERS)
    assert "bot" not in facts({"user-agent": HEADLESS})
    assert facts({"user-agent": HEADLESS}, settings=PageFactSettings(no_bots=frozenset()))["bot"] is True


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en", "en"),
        ("en-us,en;q=0.5", "en-US"),
        ("DE-de", "de-DE"),
        (" fr ; q=0.7, en", "fr"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("*", None),
        ("e", None),
        ("en_US", None),
        ("en-" + "x" * 9, None),
        ("<script>", None),
        (",en", None),
    ],
)
def test_the_language_is_the_first_that_is_accepted(accepted: str, language: str | None) -> None:
    assert facts({"accept-language": accepted}).get("language") == language


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("utm_source=a&utm_source=b", {"utmSource": "a"}),
        ("utm_source=&utm_term=x", {"utmTerm": "x"}),
        ("UTM_SOURCE=a", {}),
        ("utm_source=%00", {}),
        ("utm_source=%FF", {"utmSource": "\ufffd"}),
        ("utm_id=7&x=utm_source", {}),
        ("utm_source=" + "x" * 300, {"utmSource": "x" * 256}),
        ("utm_source=a&" + "x=1&" * 300, {}),
    ],
)
def test_the_campaign_is_what_the_url_of_the_visit_says(query: str, found: dict[str, str]) -> None:
    assert facts(url=f"{SHOP}?{query}") == found
    assert facts(url=f"/tea?{query}") == found


def test_a_url_that_is_none_has_no_campaign() -> None:
    assert facts(url="http://[utm_source=a?utm_source=a") == {}


def test_an_address_is_not_kept_unless_that_is_said() -> None:
    assert facts(address="203.0.113.9") == facts(address="2001:db8::1") == {}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:aaaa:bbbb::1", "2001:db8:aaaa::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", None),
        ("203.0.113.9:80", None),
        ("", None),
    ],
)
def test_an_address_is_kept_as_its_network(address: str, network: str | None) -> None:
    assert facts(address=address, settings=TRUNCATED).get("address") == network
    assert facts(address=None, settings=TRUNCATED) == {}


def test_an_address_is_kept_as_a_keyed_hash() -> None:
    found = facts(address="203.0.113.9", settings=HASHED)["address"]
    assert found == hmac.new(KEY, IPv4Address("203.0.113.9").packed, hashlib.sha256).hexdigest()
    assert facts(address="::ffff:203.0.113.9", settings=HASHED)["address"] == found
    assert facts(address="203.0.113.8", settings=HASHED)["address"] != found
    assert facts(address="203.0.113.9", settings=replace(HASHED, address_key=bytes(32)))["address"] != found


def test_a_key_for_addresses_must_be_long_and_is_never_shown() -> None:
    for short in (b"", KEY[:31]):
        with pytest.raises(footfall.InvalidArgument, match="32 bytes"):
            PageFactSettings(address=AddressForm.HASHED, address_key=short)
    assert "address_key" not in repr(HASHED)


def test_settings_can_be_written_as_texts() -> None:
    assert page_facts_named("all", None, "") == DEFAULT
    assert page_facts_named("none", None, "") == PageFactSettings(facts=frozenset())
    few = PageFactSettings(facts=frozenset({"browser", "device", "address"}), address=AddressForm.TRUNCATED)
    assert page_facts_named("browser, device", "truncated", "") == few
    assert page_facts_named("all", "hashed", KEY.hex()) == HASHED


@pytest.mark.parametrize(
    ("names", "address", "key"),
    [("shoeSize", None, ""), ("all", "whole", ""), ("all", "hashed", ""), ("all", "hashed", "secret")],
)
def test_settings_that_cannot_be_meant_are_refused(names: str, address: str | None, key: str) -> None:
    with pytest.raises(footfall.InvalidArgument):
        page_facts_named(names, address, key)
    assert repr(KEY) not in repr(HASHED)


def test_facts_can_be_left_out_and_none_can_be_made_up() -> None:
    url = f"{SHOP}?utm_source=mail"
    few = PageFactSettings(facts=frozenset({"device", "utmSource"}), address=AddressForm.TRUNCATED)
    assert facts(HEADERS, "203.0.113.9", url, few) == {"device": "desktop", "utmSource": "mail"}
    with pytest.raises(footfall.InvalidArgument, match="shoeSize"):
        PageFactSettings(facts=frozenset({"device", "shoeSize"}))


def test_facts_that_a_store_defines_otherwise_are_left_out() -> None:
    visits = BUILT_IN["page.visit"]
    assert DEFAULT.fitting(visits) == DEFAULT
    own = replace(visits, parameters={**visits.parameters, "language": Parameter(ParameterType.ARRAY)})
    assert DEFAULT.fitting(own).facts == DEFAULT.facts - {"language"}


def test_facts_win_over_what_a_page_claims_of_them() -> None:
    claimed = {"url": SHOP, "browser": "Mine", "address": "somewhere", "device": "phone", "bot": False, "title": "Tea"}
    told = with_facts("page.visit", claimed, HEADERS, "203.0.113.9", DEFAULT)
    assert told == {"url": SHOP, "title": "Tea", "browser": "Firefox", "device": "desktop", "language": "de-AT"}
    assert claimed["browser"] == "Mine"
    without = with_facts("page.visit", claimed, {}, None, PageFactSettings(facts=frozenset({"browser"})))
    assert without == {name: value for name, value in claimed.items() if name != "browser"}


def test_a_page_may_say_that_it_is_shown_to_a_bot() -> None:
    assert with_facts("page.visit", {"url": SHOP, "bot": True}, {}, None, DEFAULT) == {"url": SHOP, "bot": True}


def test_of_other_events_only_bots_are_told() -> None:
    params = {"url": f"{SHOP}?utm_source=mail", "browser": "Mine"}
    assert with_facts("button.click", params, HEADERS, "203.0.113.9", TRUNCATED) == params
    assert with_facts("button.click", params, {"user-agent": GOOGLEBOT}, None, DEFAULT) == {**params, "bot": True}
    unmarked = PageFactSettings(facts=frozenset({"browser"}))
    assert with_facts("button.click", params, {"user-agent": GOOGLEBOT}, None, unmarked) == params


def test_events_of_a_browser_are_told_and_what_is_no_event_is_left_as_it_is() -> None:
    headers = {b"user-agent": GOOGLEBOT.encode(), b"accept-language": b"de\xff", b"cookie": b"x"}
    odd: list[object] = [
        None,
        7,
        "text",
        [],
        {},
        {"action": 7, "params": {}},
        {"action": "page.visit", "params": "none"},
    ]
    visit = {"uuid": str(ALICE), "action": "page.visit", "params": {"url": "/"}, "event_id": "x"}
    click = {"uuid": str(ALICE), "action": "button.click", "params": {}}
    *untouched, told, clicked = browser_events([*odd, visit, click], headers, "203.0.113.9", DEFAULT)
    assert untouched == odd
    assert told == {**visit, "params": {"url": "/", "browser": "Googlebot", "bot": True}}
    assert clicked == {**click, "params": {"bot": True}}
    assert browser_events([click], {}, None, DEFAULT) == [click]


TEXTS = st.text() | st.sampled_from([FIREFOX, GOOGLEBOT, "de-AT", "203.0.113.9", "::1", f"{SHOP}?utm_source=%00a"])


@given(TEXTS, TEXTS, TEXTS, TEXTS.map(lambda text: f"{SHOP}?utm_source={text}"))
def test_no_header_address_or_url_spoils_a_visit(agent: str, accepted: str, address: str, url: str) -> None:
    headers = {"user-agent": agent.replace("\0", ""), "accept-language": accepted}  # a server lets no NUL through
    params = with_facts("page.visit", {"url": url.replace("\0", "")}, headers, address, TRUNCATED)
    with footfall.testing.open() as engine:
        assert engine.track(ALICE, "page.visit", params).status == "accepted"


def test_the_facts_are_shown_and_a_bot_opens_no_session() -> None:
    with footfall.testing.open() as engine:
        for agent in (FIREFOX, GOOGLEBOT):
            headers = {"user-agent": agent, "accept-language": "de"}
            params = with_facts("page.visit", {"url": f"{SHOP}?utm_source=mail"}, headers, "203.0.113.9", HASHED)
            sender = footfall.Sender.anonymous(named(agent))
            assert engine.track(named(agent), "page.visit", params, sender=sender).status == "accepted"
            shown = next(entry.params for entry in engine.timeline(named(agent)) if entry.action == "page.visit")
            assert shown.keys() >= {"browser", "language", "utmSource", "address"}
        assert len(engine.sessions(named(FIREFOX))) == 1
        assert engine.sessions(named(GOOGLEBOT)) == []
