"""Everything that is recorded arrives, once, whatever happens to the page, its line or the server."""

from __future__ import annotations

import re
from itertools import pairwise
from uuid import uuid4

import pytest

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import OpenTab, Tab
from tests.end_to_end.browser.collector import KEY, Collector, Fault
from tests.end_to_end.browser.outcomes import flushed, is_emptied, outbox, seen
from tests.end_to_end.browser.pages import Site

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
PAUSE = "return localStorage.getItem('footfall:pk_test:pause')"
SALE = '<button id="sale" data-footfall-click="button.click">Sale</button>'


def numbers(collector: Collector) -> list[int]:
    """The numbers of the events `test.numbered` that are stored."""
    return sorted(params["number"] for params in collector.params("test.numbered"))


def test_a_request_is_an_envelope_that_needs_no_preflight(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE)).click("#sale")
    flushed(tab, collector)
    for request in collector.posts():
        assert request.path == "/v1/events"
        assert request.headers["Content-Type"] == "text/plain;charset=UTF-8"
        assert "Cookie" not in request.headers
        assert request.headers["Origin"] == site.url
        assert request.document.keys() == {"key", "events"}
        assert request.document["key"] == KEY
        for event in request.document["events"]:
            assert event.keys() == {"uuid", "action", "params", "time", "event_id"}
            assert UUID4.fullmatch(event["event_id"])
            assert UUID4.fullmatch(event["uuid"])
    assert collector.again == []
    assert is_emptied(tab)


def test_events_that_come_together_go_together(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("for (let i = 0; i < 250; i++) footfall.track('test.numbered', {number: i})")
    flushed(tab, collector)
    assert numbers(collector) == list(range(250))
    sizes = [len(request.document["events"]) for request in collector.posts()]
    assert len(sizes) < 10
    assert max(sizes) <= 100


def test_a_click_arrives_though_the_tab_is_closed_at_once(tab: Tab, site: Site, collector: Collector) -> None:
    collector.seconds = 0.3
    tab.open(site.add("/", SALE)).click("#sale")
    tab.close()
    assert eventually(lambda: collector.events("button.click") and collector.events("page.visit"))


def test_a_click_arrives_though_the_line_was_busy_when_the_tab_closed(
    tab: Tab, site: Site, collector: Collector
) -> None:
    # Of what waits for a connection, browsers throw away what need not outlive its page.
    collector.seconds = 1.0
    tab.open(site.add("/", SALE, tag='data-pages="off"'))
    tab.js("for (let i = 0; i < 6; i++) fetch(arguments[0], {method: 'POST', body: '{}'})", collector.url + "/v1/busy")
    assert eventually(lambda: len(collector.posts()) == 6)
    tab.click("#sale")
    tab.close()
    assert eventually(lambda: collector.events("button.click"))


def test_a_click_arrives_though_its_link_is_followed_at_once(tab: Tab, site: Site, collector: Collector) -> None:
    link = site.add("/", '<a id="tea" href="/tea" data-footfall-click="link.click">Tea</a>')
    site.pages["/tea"] = "A page without the tracker"
    tab.open(link).click("#tea")
    assert eventually(lambda: collector.events("link.click") and collector.events("page.visit"))


def test_two_pages_with_300_ms_of_latency(tab: Tab, site: Site, collector: Collector) -> None:
    collector.seconds = 0.3
    site.add("/", '<a id="tea" href="/tea" data-footfall-click="link.click">Tea</a>', title="Home")
    site.add("/tea", SALE, title="Teas")
    tab.open(site.url + "/").click("#tea")
    tab.wait_for("location.pathname === '/tea' && window.footfall && footfall.track")
    tab.click("#sale")
    assert seen(tab, collector, 2) == [("/", "Home"), ("/tea", "Teas")]
    assert (len(collector.events("link.click")), len(collector.events("button.click"))) == (1, 1)


def test_a_hidden_tab_sends_at_once(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    hides = (
        """document.addEventListener('visibilitychange', () => localStorage.setItem('is', document.visibilityState))"""
    )
    tab = open_tab().open(site.add("/"))
    flushed(tab, collector)
    tab.js(hides)
    collector.seconds = 0.3
    tab.js("footfall.track('test.numbered', {number: 1})")
    other = open_tab()
    assert eventually(lambda: numbers(collector) == [1])
    other.driver.get(site.add("/other"))
    assert other.js("return localStorage.getItem('is')") == "hidden"
    flushed(tab, collector)
    assert is_emptied(tab)
    assert [item for item in collector.again if item["action"] == "test.numbered"] == []


def test_a_page_that_is_hidden_waits_for_nothing(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    open_tab().open(site.add("/", title="Home", tag='data-title-ms="3600000"'))
    open_tab()
    assert eventually(lambda: collector.params("page.visit"))


def test_a_page_that_is_left_waits_for_nothing(tab: Tab, site: Site, collector: Collector) -> None:
    # Safari tells of `pagehide` alone, which Chromium tells beside `visibilitychange`.
    tab.open(site.add("/", title="Home", tag='data-title-ms="3600000"'))
    tab.js("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert eventually(lambda: collector.params("page.visit"))


def test_requests_go_one_at_a_time(tab: Tab, site: Site, collector: Collector) -> None:
    collector.seconds = 0.5
    tab.open(site.add("/"))
    for number in range(5):
        tab.js("footfall.track('test.numbered', {number: arguments[0]}); footfall.flush()", number)
    assert eventually(lambda: numbers(collector) == list(range(5)))
    assert collector.most_at_work == 1


def test_leaving_sends_no_more_than_a_browser_lets_out(tab: Tab, site: Site, collector: Collector) -> None:
    # 64 KiB may outlive a page. What is beyond waits for the next page of the site.
    noted = "localStorage.setItem('sent', (localStorage.getItem('sent') || '') + Number(request.keepalive))"
    tab.before_any_page(
        f"const send = fetch; window.fetch = (url, request) => {{ {noted}; return send(url, request) }}"
    )
    tab.open(site.add("/"))
    seen(tab, collector)
    assert is_emptied(tab)
    site.pages["/plain"] = "A page without the tracker"
    tab.js(
        "for (let i = 0; i < 100; i++) footfall.track('test.numbered', {number: i, text: 'é'.repeat(1000)});"
        "localStorage.removeItem('sent'); location.href = '/plain'"
    )
    tab.wait_for("!window.footfall && location.pathname === '/plain'")
    assert eventually(lambda: len(numbers(collector)) > 10)
    assert len(numbers(collector)) < 100
    assert set(tab.js("return localStorage.getItem('sent')")) == {"1"}  # what could not outlive the page was not tried
    flushed(tab.open(site.url + "/"), collector)
    assert numbers(collector) == list(range(100))


def test_a_large_event_goes_alone(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js(
        "footfall.track('test.numbered', {number: 1, text: 'x'.repeat(63000)});"
        "footfall.track('test.numbered', {number: 2})"
    )
    flushed(tab, collector)
    assert numbers(collector) == [1, 2]


def test_what_was_recorded_offline_arrives_when_the_line_is_back(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE))
    seen(tab, collector)
    assert is_emptied(tab)
    before = len(collector.posts())
    with tab.offline():
        for _ in range(3):
            tab.click("#sale")
        tab.js("footfall.flush()")
        assert len(outbox(tab)) == 3
        assert len(collector.posts()) == before
    assert eventually(lambda: len(collector.events("button.click")) == 3)
    assert is_emptied(tab)


def test_a_line_that_is_back_is_used_at_once(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    seen(tab, collector)
    with tab.offline():
        tab.js("localStorage.setItem('footfall:pk_test:pause', Date.now() + 3e6)")
        tab.js("footfall.track('test.numbered', {number: 1})")
    assert eventually(lambda: numbers(collector) == [1])


def test_what_was_recorded_offline_survives_the_page(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE))
    flushed(tab, collector)
    with tab.offline():
        tab.click("#sale")
        tab.driver.get("about:blank")
    flushed(tab.open(site.url + "/"), collector)
    assert len(collector.events("button.click")) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_left_alone_for_as_long_as_it_says(
    tab: Tab, site: Site, collector: Collector, status: int
) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    with collector.failing(Fault(status, {"Retry_After": "60"})):
        tab.js("footfall.track('test.numbered', {number: 1}); footfall.flush()")
        asked = len(collector.posts())
        assert eventually(lambda: tab.js(PAUSE))
    wait = tab.js(PAUSE + " - Date.now()")
    assert 30_000 < wait <= 60_000
    # Neither the page, nor one that is opened, nor leaving it asks again before that.
    tab.js("footfall.track('test.numbered', {number: 2}); footfall.flush()")
    tab.open(site.url + "/").js("footfall.track('test.numbered', {number: 3}); footfall.flush()")
    assert len(collector.posts()) <= asked + 1
    assert numbers(collector) == []
    tab.js("localStorage.setItem('footfall:pk_test:pause', Date.now())")
    flushed(tab, collector)
    assert numbers(collector) == [1, 2, 3]


def test_a_pause_that_another_tab_ends_is_over(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    with collector.failing(Fault(503, {"Retry_After": "3000"})):
        tab.js("footfall.track('test.numbered', {number: 1}); footfall.flush()")
        assert eventually(lambda: tab.js(PAUSE))
        tab.driver.execute_async_script("setTimeout(arguments[0], 1200)")  # until nothing is due before that
    tab.js("localStorage.removeItem('footfall:pk_test:pause'); footfall.track('test.numbered', {number: 2})")
    assert eventually(lambda: numbers(collector) == [1, 2])


def test_a_server_that_says_no_when_is_asked_again_ever_more_seldom(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    waits = []
    with collector.failing(Fault(500)):
        for number in range(4):
            tab.js("localStorage.removeItem('footfall:pk_test:pause')")
            tab.js("footfall.track('test.numbered', {number: arguments[0]}); footfall.flush()", number)
            assert eventually(lambda: tab.js(PAUSE))
            waits.append(tab.js(PAUSE + " - Date.now()"))
    assert waits[3] > 2 * waits[0]
    tab.js("localStorage.removeItem('footfall:pk_test:pause')")
    flushed(tab, collector)
    assert numbers(collector) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "fault", [Fault(0), Fault(0, is_stored=True), Fault(503, {"Retry_After": "1"}, is_stored=True)]
)
def test_a_lost_answer_doubles_nothing(tab: Tab, site: Site, collector: Collector, fault: Fault) -> None:
    with collector.failing(fault):
        tab.open(site.add("/", title="Home"))
        assert eventually(lambda: collector.posts())
    assert seen(tab, collector) == [("/", "Home")]
    assert len(collector.again) == (1 if fault.is_stored else 0) or fault.status == 0
    assert is_emptied(tab)


@pytest.mark.parametrize(
    ("status", "code"), [(400, "bad_request"), (401, "unknown_key"), (403, "origin"), (413, "large")]
)
def test_what_is_refused_for_good_is_dropped_and_said_once(
    tab: Tab, site: Site, collector: Collector, status: int, code: str
) -> None:
    tab.open(site.add("/"))
    seen(tab, collector)
    assert is_emptied(tab)
    before = len(collector.posts())
    with collector.failing(Fault(status, code=code)):
        for number in range(3):
            tab.js("footfall.track('test.numbered', {number: arguments[0]}); footfall.flush()", number)
            assert is_emptied(tab)
    assert len(collector.posts()) == before + 3
    flushed(tab, collector)
    assert numbers(collector) == []
    said = [line for line in tab.complaints() if "footfall:" in line]
    assert len(said) == 1
    assert str(status) in said[0]


def test_what_a_rule_refuses_is_dropped_and_said_once(tab: Tab, site: Site, collector: Collector) -> None:
    collector.refused_actions = {"test.refused"}
    tab.open(site.add("/")).js("for (let i = 0; i < 3; i++) footfall.track('test.refused', {})")
    flushed(tab, collector)
    assert is_emptied(tab)
    said = [line for line in tab.complaints() if "footfall:" in line]
    assert len(said) == 1
    assert "test.refused" in said[0]
    assert "access_denied" in said[0]
    assert "no access for anonymous senders" in said[0]


def test_an_event_without_an_action_is_told_as_an_event(tab: Tab, site: Site, collector: Collector) -> None:
    collector.refused_actions = {None}
    tab.open(site.add("/", tag='data-pages="off"')).js("footfall.track(); footfall.identify({}); footfall.flush()")
    assert eventually(lambda: any("refused events: access_denied" in line for line in tab.complaints()))


def test_an_answer_that_is_none_of_the_door_s_loses_nothing(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    with collector.failing(Fault(200)):
        tab.js("footfall.track('test.numbered', {number: 1}); footfall.flush()")
        assert eventually(lambda: tab.js(PAUSE))
    tab.js("localStorage.removeItem('footfall:pk_test:pause')")
    flushed(tab, collector)
    assert numbers(collector) == [1]


def test_three_tabs_lose_and_double_nothing(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    collector.seconds = 0.1
    tabs = [open_tab().open(site.add("/", title="Home")) for _ in range(3)]
    for index, tab in enumerate(tabs):
        tab.js("for (let i = 0; i < 100; i++) footfall.track('test.numbered', {number: 100 * arguments[0] + i})", index)
    for tab in tabs:
        flushed(tab, collector)
    assert numbers(collector) == list(range(300))
    assert len({item["uuid"] for item in collector.items}) == 1


def test_tabs_that_are_opened_at_once_are_one_customer(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    site.add("/many", "<script>for (let i = 0; i < 5; i++) window.open('/tab')</script>", key="pk_other", title="Many")
    site.add("/tab", title="Tab")
    tab = open_tab()
    tab.driver.get(site.url + "/many")
    assert eventually(lambda: len(collector.events("page.visit")) >= 2)
    opened = [handle for handle in tab.driver.window_handles if handle != tab.handle]
    assert eventually(lambda: len(collector.events("page.visit")) >= len(opened))
    assert len({event["uuid"] for event in collector.events("page.visit") if event["params"]["title"] == "Tab"}) == 1


def test_a_tab_waits_for_the_uuid_that_another_one_makes(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    # As the tracker does, the other tab reads what it wrote before it lets go: a cookie is written a moment later.
    uuid = str(uuid4())
    site.pages["/plain"] = "A page without the tracker"
    other = open_tab()
    other.driver.get(site.url + "/plain")
    other.driver.execute_async_script(
        "const [uuid, held] = arguments; navigator.locks.request('footfall:pk_test:', () => new Promise(release => {"
        "addEventListener('storage', () => { document.cookie = 'footfall_uuid=' + uuid + '; path=/'; "
        "release(document.cookie) });"
        "held() }))",
        uuid,
    )
    tab = open_tab().open(site.add("/", title="Home"))
    tab.js("const cart = {number: 1, of: [1]}; footfall.track('test.numbered', cart); cart.of.push(2)")
    assert tab.js("return footfall.uuid()") is None
    tab.js(
        "localStorage.setItem('go', 1)"
    )  # a tab that is brought to the front would hide this one, which then hurries
    seen(tab, collector)
    assert {item["uuid"] for item in collector.items} == {uuid}
    assert collector.params("test.numbered") == [{"number": 1, "of": [1]}]


def test_the_newest_thousand_wait(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    with tab.offline():
        tab.js("for (let i = 0; i < 1005; i++) footfall.track('test.numbered', {number: i})")
        assert len(outbox(tab)) == 1000
    assert eventually(lambda: len(numbers(collector)) == 1000)
    assert numbers(collector) == list(range(5, 1005))


def test_one_timer_is_enough_however_many_wait(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    started = tab.js(
        "let started = 0; const start = window.setTimeout;"
        "window.setTimeout = (...given) => (started++, start(...given));"
        "for (let i = 0; i < 50; i++) footfall.track('test.numbered', {number: i});"
        "window.setTimeout = start; return started"
    )
    assert started <= 1
    flushed(tab, collector)
    assert numbers(collector) == list(range(50))


def test_the_outbox_is_sent_in_its_order(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("for (let i = 0; i < 250; i++) footfall.track('test.numbered', {number: i})")
    flushed(tab, collector)
    came = [item["params"]["number"] for item in collector.items if item["action"] == "test.numbered"]
    assert all(one < next_one for one, next_one in pairwise(came))


def test_a_full_disk_loses_nothing(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    tab.js("try { for (let i = 0;; i++) localStorage.setItem('other' + i, 'x'.repeat(100000)) } catch (e) {}")
    tab.js("try { for (let i = 0;; i++) localStorage.setItem('small' + i, 'x') } catch (e) {}")
    tab.js("for (let i = 0; i < 20; i++) footfall.track('test.numbered', {number: i})")
    flushed(tab, collector)
    assert numbers(collector) == list(range(20))
    tab.js("localStorage.clear()")


def test_what_others_left_in_the_outbox_is_thrown_away(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js(
        "for (const bad of ['', '{', 'null', '7', '{}']) localStorage.setItem('footfall:pk_test:e' + bad, bad)"
    )
    flushed(tab, collector)
    assert is_emptied(tab)
    assert collector.again == []
