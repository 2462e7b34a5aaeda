"""The tracker and `footfall serve`: what people did in a browser is what the store holds."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import jwt
import pytest

from tests.contracts.subscription.following import eventually
from tests.doors.http.senders.logins import AUDIENCE, URL, private_key, public_pem
from tests.end_to_end.browser.chromium import OpenTab, Tab
from tests.end_to_end.browser.outcomes import is_emptied, outbox
from tests.end_to_end.browser.pages import Site, site_for
from tests.end_to_end.browser.served import Shop, serving
from tests.end_to_end.browser.test_pages import PRERENDER

SALE = '<button id="sale" data-footfall-click="button.click" data-footfall-text="Sale">Sale</button>'
BOX = 'style="display:block;width:200px;height:100px"'
HOVER = 'data-footfall-hover="banner.hover" data-footfall-ms="200" data-footfall-name="Spring"'
BANNER = f'<div id="banner" {BOX} {HOVER}></div>'
FORM = """<form data-footfall-form="newsletter" onsubmit="return false">
    <input data-footfall-field="email" value="a@shop.example">
    <input type="password" data-footfall-field="word" value="secret"><button id="go">Go</button></form>"""


@pytest.fixture
def site() -> Iterator[Site]:
    """A site whose door is started later."""
    with site_for("") as started:
        yield started


@pytest.fixture
def shop(site: Site, sqlite_url: str) -> Iterator[Shop]:
    """The shop."""
    with serving(sqlite_url, site) as started:
        yield started


def test_what_a_visitor_does_is_in_the_store(tab: Tab, shop: Shop) -> None:
    url = shop.add(
        "/",
        SALE + BANNER + f'<a id="tea" href="/tea?utm_source=letter">Tea</a><div id="rest" {BOX}></div>',
        title="Home",
    )
    shop.add("/tea", title="Teas")
    tab.open(url).point_at(tab.find("#banner"))
    tab.driver.execute_async_script("setTimeout(arguments[0], 300)")
    tab.point_at(tab.find("#rest"))
    tab.click("#sale")
    tab.click("#tea")
    shop.wait_for("page.visit", 2)
    shop.wait_for("button.click")
    customer = shop.customer(tab)
    assert {event.uuid for event in shop.stored()} == {str(customer)}
    home, teas = reversed(shop.engine.page_visits(customer))
    assert (home.title, home.url, home.referrer, home.next_url) == ("Home", url, None, teas.url)
    assert (teas.title, teas.previous_url, teas.referrer) == ("Teas", url, url)
    assert home.session_id == teas.session_id is not None
    assert shop.actions(tab) == ["page.visit", "banner.hover", "button.click", "page.visit"]
    labels = {entry.label for entry in shop.engine.timeline(customer)}
    assert labels >= {"Visited page Home", "Hovered over banner Spring", "Clicked Sale", "Visited page Teas"}
    facts = shop.stored("page.visit")[1].params
    assert (facts["utmSource"], facts["device"]) == ("letter", "desktop")
    assert shop.engine.rejected() == []


def test_who_has_a_token_sends_forms_and_attributes(tab: Tab, shop: Shop) -> None:
    shop.engine.trust(public_pem(private_key("RS256")), issuer=URL, audience=AUDIENCE)
    tab.open(shop.add("/", FORM)).click("#go")  # anonymous
    assert eventually(lambda: [row.reason for row in shop.engine.rejected()] == ["access_denied"])
    assert is_emptied(tab)
    customer = shop.customer(tab)
    now = int(time.time())
    told = {"sub": str(customer), "iss": URL, "aud": AUDIENCE, "iat": now, "exp": now + 3600}
    expired = jwt.encode({**told, "iat": now - 7200, "exp": now - 3600}, private_key("RS256"), "RS256")
    tab.js("footfall.setAccessToken(arguments[0])", expired)
    tab.click("#go")
    tab.js("footfall.identify({email: 'a@shop.example'})")
    assert eventually(lambda: len(outbox(tab)) == 2)
    time.sleep(2)  # it is asked in vain, and both wait for a token that is good
    assert len(outbox(tab)) == 2
    tab.js("footfall.setAccessToken(arguments[0])", jwt.encode(told, private_key("RS256"), "RS256"))
    (sent,) = shop.wait_for("form.submit")
    assert sent.params == {"form": "newsletter", "url": shop.site.url + "/", "email": "a@shop.example"}
    assert eventually(lambda: shop.engine.profile(customer).attributes == {"email": "a@shop.example"})
    assert is_emptied(tab)
    assert [row.reason for row in shop.engine.rejected()] == ["access_denied"]


def test_a_prerendered_page_is_visited_when_it_is_shown(tab: Tab, shop: Shop) -> None:
    shop.add("/", f'<a id="next" href="/next">Next</a>{PRERENDER}', title="Home")
    shop.add("/next", "<script>localStorage.setItem('isThere', 1)</script>", title="Next")
    tab.open(shop.site.url + "/").wait_for("localStorage.getItem('isThere')")
    shop.wait_for("page.visit")
    tab.click("#next")
    tab.shows_prerendered()
    assert [event.params["title"] for event in shop.wait_for("page.visit", 2)] == ["Home", "Next"]
    assert tab.js("return performance.getEntriesByType('navigation')[0].activationStart") > 0


def test_a_restored_page_is_visited_again(tab: Tab, shop: Shop) -> None:
    shop.add("/", '<a id="tea" href="/tea">Tea</a>', title="Home")
    shop.add("/tea", title="Teas")
    tab.open(shop.site.url + "/").js("window.survives = true")
    tab.click("#tea")
    tab.wait_for("location.pathname === '/tea' && window.footfall && footfall.track")
    tab.js("history.back()")
    tab.wait_for("window.survives")
    shop.wait_for("page.visit", 3)
    visits = reversed(shop.engine.page_visits(shop.customer(tab)))
    assert [visit.title for visit in visits] == ["Home", "Teas", "Home"]


@pytest.mark.parametrize("days", [5, -5])
def test_a_clock_that_is_wrong_by_days(tab: Tab, shop: Shop, days: int) -> None:
    tab.before_any_page(
        f"const Real = Date, ahead = {days} * 864e5; window.Date = class extends Real {{"
        "constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead) }"
        "static now() { return Real.now() + ahead } }"
    )
    tab.open(shop.add("/", SALE)).click("#sale")
    (visit,), (click,) = shop.wait_for("page.visit"), shop.wait_for("button.click")
    for event in (visit, click):
        claimed = event.claimed_time or event.time
        assert abs(claimed - event.received_at - timedelta(days=days)) < timedelta(minutes=5)
        assert (event.claimed_time is None) == (days < 0)  # what is ahead happened when it came, and the claim is kept
        assert event.time <= event.received_at
    assert shop.actions(tab) == ["page.visit", "button.click"]


def test_a_click_arrives_though_the_tab_is_closed_at_once(tab: Tab, shop: Shop) -> None:
    tab.open(shop.add("/", SALE))
    customer = shop.customer(tab)
    tab.click("#sale")
    tab.close()
    assert [event.uuid for event in shop.wait_for("button.click")] == [str(customer)]


def test_two_pages_with_300_ms_of_latency(tab: Tab, shop: Shop) -> None:
    shop.add("/", SALE + '<a id="tea" href="/tea">Tea</a>', title="Home")
    shop.add("/tea", title="Teas")
    tab.open(shop.site.url + "/")
    with tab.latency(300):
        tab.click("#sale")
        tab.click("#tea")
        tab.wait_for("location.pathname === '/tea' && window.footfall && footfall.track")
        assert [event.params["title"] for event in shop.wait_for("page.visit", 2)] == ["Home", "Teas"]
        shop.wait_for("button.click")
        assert is_emptied(tab)
    assert len(shop.stored()) == 3


def test_pages_of_another_origin_get_nothing_in(tab: Tab, shop: Shop) -> None:
    shop.add("/", SALE)
    other = shop.site.url.replace("//", "//other.")
    tab.open(other + "/").click("#sale")
    assert eventually(lambda: tab.js(f"return localStorage.getItem('footfall:{shop.key}:pause')"))
    assert shop.stored() == []


def test_a_limit_by_key_delays_and_loses_nothing(tab: Tab, site: Site, sqlite_url: str) -> None:
    with serving(sqlite_url, site, rate=12) as shop:
        tab.open(shop.add("/"))
        shop.wait_for("page.visit")
        for number in range(12):
            tab.js("footfall.track('test.numbered', {number: arguments[0]}); footfall.flush()", number)
            time.sleep(0.02)
        assert eventually(lambda: tab.js(f"return localStorage.getItem('footfall:{shop.key}:pause')"))
        events = shop.wait_for("test.numbered", 12)
        assert sorted(event.params["number"] for event in events) == list(range(12))


def test_a_long_visit_is_stored_once(open_tab: OpenTab, shop: Shop) -> None:
    # 30 pages in three tabs, some reloaded, some without a line, while the server is killed twice.
    links = "".join(f'<a id="to{number}" href="/page{number}">{number}</a> ' for number in range(30))
    for number in range(30):
        shop.add(f"/page{number}", SALE + links, title=f"Page {number}")
    tabs = [open_tab() for _ in range(3)]
    expected: Counter[str] = Counter()
    for number in range(30):
        tab = tabs[number % 3]
        tab.open(f"{shop.site.url}/page{number}").wait_for(f"document.title === 'Page {number}'")
        expected[f"Page {number}"] += 1
        if number % 5 == 1:
            tab.driver.refresh()
            tab.wait_for("window.footfall && footfall.track")
            expected[f"Page {number}"] += 1
        if number % 7 == 2:
            with tab.offline():
                tab.click("#sale")
        else:
            tab.click("#sale")
        if number in (9, 19):
            shop.restart()
    for tab in tabs:
        assert is_emptied(tab)
    assert Counter(event.params["title"] for event in shop.stored("page.visit")) == expected
    assert len(shop.stored("button.click")) == 30
    customer = shop.customer(tabs[0])
    assert {event.uuid for event in shop.stored()} == {str(customer)}
    visits = list(reversed(shop.engine.page_visits(customer)))
    assert [int(visit.title.split()[1]) for visit in visits if visit.title] == sorted(
        int(visit.title.split()[1]) for visit in visits if visit.title
    )
    assert all(one.next_url == following.url for one, following in pairwise(visits))
    assert shop.engine.rejected() == []
