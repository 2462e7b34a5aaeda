"""What is read from user agents: browsers, devices, and bots, without taking people for bots."""

from __future__ import annotations

import pytest
from crawleruseragents import CRAWLER_USER_AGENTS_DATA
from hypothesis import given
from hypothesis import strategies as st

from footfall.doors.http.user_agents import _PEOPLE, NO_BOTS, user_agent

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = f"{WEBKIT} Chrome/156.0.0.0"
ON_IOS = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
ON_MAC = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15"
GOOGLEBOT = "compatible; Googlebot/2.1; +http://www.google.com/bot.html"
PEOPLE = {
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36": ("Chrome", "desktop"),
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/156.0.0.0": ("Edge", "desktop"),
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0": ("Firefox", "desktop"),
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {ON_MAC}": ("Safari", "desktop"),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36": ("Chrome", "desktop"),
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {ON_IOS}": ("Mobile Safari", "phone"),
    f"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) {ON_IOS}": ("Mobile Safari", "tablet"),
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36": ("Chrome Mobile", "phone"),
    f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36": ("Chrome", "tablet"),
    "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0": ("Firefox Mobile", "phone"),
    "Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0": ("Firefox Mobile", "tablet"),
    f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.5) {WEBKIT} 85.0.4183.93/6.5 TV Safari/537.36": ("Safari", "tv"),
    f"Mozilla/5.0 (PlayStation; PlayStation 5/6.00) {ON_MAC}": ("Safari", "console"),
    f"Mozilla/5.0 (Linux; Android 12; CUBOT KINGKONG) {CHROME} Mobile Safari/537.36": ("Chrome Mobile", "phone"),
    "okhttp/4.12.0": ("okhttp", None),
    "curl/8.4.0": ("curl", None),
    "": (None, None),
}
BOTS = {
    f"Mozilla/5.0 ({GOOGLEBOT})": ("Googlebot", None),
    f"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) {CHROME} Mobile Safari/537.36 ({GOOGLEBOT})": ("Googlebot", "phone"),
    f"Mozilla/5.0 {WEBKIT[:-1]}; compatible; GPTBot/1.2; +https://openai.com/gptbot)": ("GPTBot", None),
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)": ("FacebookBot", None),
    f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36 DatadogSynthetics": ("Chrome", "desktop"),
}
HEADLESS = f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} HeadlessChrome/156.0.0.0 Safari/537.36"
IN_FACEBOOK = f"Mozilla/5.0 (Linux; Android 16; Pixel 10; wv) {CHROME} Mobile Safari/537.36 MetaIAB Facebook"
ON_ONE_BUILD = f"Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) {CHROME} Mobile Safari/537.36"


@pytest.mark.parametrize("text", PEOPLE)
def test_a_browser_is_known_by_its_family_and_its_device_by_its_class(text: str) -> None:
    assert user_agent(text) == (*PEOPLE[text], False)


@pytest.mark.parametrize("text", BOTS)
def test_a_bot_is_known_and_its_family_and_device_are_as_it_says(text: str) -> None:
    assert user_agent(text) == (*BOTS[text], True)


def test_an_automated_browser_is_marked_only_where_that_is_wished() -> None:
    assert user_agent(HEADLESS) == ("HeadlessChrome", "desktop", False)
    assert user_agent(HEADLESS, NO_BOTS - {"browser-automation"}).is_bot
    assert user_agent("okhttp/4.12.0", frozenset()).is_bot


@pytest.mark.parametrize("text", [IN_FACEBOOK, ON_ONE_BUILD, f"{CHROME} Mobile Safari/537.36 Viber/21.0"])
def test_people_are_no_bots_though_the_list_says_so(text: str) -> None:
    assert not user_agent(text).is_bot


def test_what_is_left_out_of_the_list_is_on_it() -> None:
    assert {bot["pattern"] for bot in CRAWLER_USER_AGENTS_DATA} >= _PEOPLE
    assert {tag for bot in CRAWLER_USER_AGENTS_DATA for tag in bot["tags"]} >= NO_BOTS


def test_what_stands_behind_the_first_256_characters_is_not_looked_at() -> None:
    assert user_agent("x" * 247 + "Googlebot/2.1").is_bot == user_agent("x" * 250 + "Googlebot/2.1").is_bot is False
    assert user_agent("x" * 246 + "Googlebot/").is_bot


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    seen = user_agent(text)
    assert seen.device in {None, "desktop", "phone", "tablet", "tv", "console"}
    assert seen.browser is None or seen.browser


def test_no_more_answers_are_kept_than_some_thousand() -> None:
    from footfall.doors.http.user_agents import _KEPT, _read

    for number in range(_KEPT + 5):
        user_agent(f"curl/{number}")
    assert _read.cache_info().currsize == _KEPT
