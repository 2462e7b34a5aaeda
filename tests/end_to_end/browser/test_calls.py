"""What the page may call, also before the tracker is there, and by the names of the seed product."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.collector import Collector, Fault
from tests.end_to_end.browser.outcomes import flushed, is_emptied, outbox
from tests.end_to_end.browser.pages import Site

STUB = "<script>window.footfall = window.footfall || []</script>"


def test_calls_before_the_tracker_is_there_wait_for_it(tab: Tab, site: Site, collector: Collector) -> None:
    calls = (
        "footfall.push(['track', 'cart.add', {sku: 'T-100'}]); footfall.push(tracker => tracker.track('cart.show', {}))"
    )
    tab.open(site.add("/", head=f"{STUB}<script>{calls}</script>"))
    flushed(tab, collector)
    assert collector.params("cart.add") == [{"sku": "T-100"}]
    assert collector.params("cart.show") == [{}]
    tab.js("footfall.push(['track', 'cart.add', {sku: 'T-110'}])")
    flushed(tab, collector)
    assert [params["sku"] for params in collector.params("cart.add")] == ["T-100", "T-110"]


def test_an_event_keeps_what_its_params_were_when_it_happened(tab: Tab, site: Site, collector: Collector) -> None:
    early = "const cart = {items: [1]}; footfall.push(['track', 'cart.add', cart])"
    tab.open(site.add("/", head=f"{STUB}<script>{early}</script>"))
    event_id = tab.js("const cart = {n: 1}; const id = footfall.track('cart.show', cart); cart.n = 2; return id")
    flushed(tab, collector)
    assert [(event["event_id"], event["params"]) for event in collector.events("cart.show")] == [(event_id, {"n": 1})]


def test_the_calls_of_the_seed_product(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", title="Home", tag='data-pages="off"'))
    uuid = str(uuid4())
    tab.js("SyneriseTC.setUuid(arguments[0]); SyneriseTC.initFormCatch()", uuid)
    tab.js("""SR.event.trackCustomEvent('entries.count', {lat: '50.0937', entries: 27, time: 1556474400000}, 'Entries');
        SR.event.trackCustomEvent('entries.count', {entries: 28}); SR.event.pageVisit({section: 'teas'});
        SR.client.setAccessToken('a.b.c'); SR.event.sendFormData('contact', {email: 'a@shop.example'})""")
    flushed(tab, collector)
    first, second = collector.params("entries.count")
    assert first == {"lat": "50.0937", "entries": 27, "time": 1556474400000, "label": "Entries"}
    assert second == {"entries": 28}
    here = site.url + "/"
    assert collector.params("page.visit") == [{"url": here, "title": "Home", "section": "teas"}]
    assert collector.params("form.submit") == [{"form": "contact", "url": here, "email": "a@shop.example"}]
    assert {item["uuid"] for item in collector.items} == {uuid}
    assert {request.document.get("token") for request in collector.posts()} == {"a.b.c"}


def test_a_page_s_own_objects_of_those_names_are_left_alone(tab: Tab, site: Site, collector: Collector) -> None:
    own = "window.SR = {event: {pageVisit: () => 'own'}}; window.SyneriseTC = 'own'"
    tab.open(site.add("/", '<form id="footfall"></form>', head=f"<script>{own}</script>"))
    assert tab.js("return [SR.event.pageVisit(), SyneriseTC]") == ["own", "own"]
    flushed(tab, collector)


def test_attributes_go_to_the_customer_with_a_token(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    tab.js("footfall.setAccessToken('a.b.c'); footfall.identify({email: 'a@shop.example', newsletter: true})")
    assert eventually(lambda: [request for request in collector.posts() if request.path == "/v1/customers"])
    (request,) = (request for request in collector.posts() if request.path == "/v1/customers")
    assert request.document.keys() == {"key", "token", "customers"}
    (item,) = request.document["customers"]
    assert item.keys() == {"uuid", "attributes", "time", "event_id"}
    assert item["attributes"] == {"email": "a@shop.example", "newsletter": True}
    assert item["uuid"] == tab.js("return footfall.uuid()")


def test_a_token_goes_with_its_customer_s_events_alone(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    with tab.offline():
        anonymous = tab.js("footfall.track('test.numbered', {number: 1}); return footfall.uuid()")
        customer = str(uuid4())
        tab.js("footfall.setUuid(arguments[0]); footfall.setAccessToken('a.b.c')", customer.upper())
        tab.js("footfall.track('test.numbered', {number: 2})")
    flushed(tab, collector)
    assert is_emptied(tab)
    sent = {
        (item["uuid"], request.document.get("token"))
        for request in collector.posts()
        for item in request.document["events"]
        if item["action"] == "test.numbered"
    }
    assert sent == {(anonymous, None), (customer, "a.b.c")}


def test_what_was_recorded_under_a_token_waits_for_one(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("footfall.setAccessToken('first')")
    flushed(tab, collector)
    with collector.failing(Fault(503)):
        tab.js("footfall.track('test.signed', {}); footfall.flush()")
        assert eventually(lambda: tab.js("return localStorage.getItem('footfall:pk_test:pause')"))
        tab.open(site.url + "/").js("localStorage.removeItem('footfall:pk_test:pause')")
    flushed(tab, collector)
    assert collector.events("test.signed") == []
    assert len(outbox(tab)) >= 1
    assert "first" not in tab.js("return JSON.stringify(localStorage) + document.cookie")
    tab.js("footfall.setAccessToken('second')")
    assert eventually(lambda: collector.events("test.signed"))
    assert [request.document.get("token") for request in collector.posts()][-1] == "second"


def test_a_token_that_is_refused_costs_no_event(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    with collector.failing(Fault(401, code="expired_token")):
        tab.js("footfall.setAccessToken('old'); footfall.track('test.signed', {}); footfall.flush()")
        assert eventually(lambda: collector.posts()[-1].document.get("token") == "old")
        tab.js("footfall.flush()")
    tab.js("footfall.setAccessToken('new')")
    assert eventually(lambda: collector.events("test.signed"))


@pytest.mark.parametrize(("code", "is_told"), [("invalid_token", True), ("token_expired", False)])
def test_a_token_that_is_no_good_is_told_and_one_that_expired_is_not(
    tab: Tab, site: Site, collector: Collector, code: str, is_told: bool
) -> None:
    tab.open(site.add("/", tag='data-pages="off"'))
    flushed(tab, collector)
    with collector.failing(Fault(401, code=code)):
        tab.js("footfall.setAccessToken('bad'); footfall.track('test.signed', {}); footfall.flush()")
        assert eventually(lambda: collector.posts()[-1].document.get("token") == "bad")
        if is_told:
            assert eventually(lambda: any("401: as told" in line for line in tab.complaints()))
        tab.driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert not any("footfall:" in line for line in tab.complaints())
    assert len(outbox(tab)) == 1


def test_a_call_that_cannot_be_done_is_told(tab: Tab, site: Site) -> None:
    tab.open(site.add("/"))
    calls = {
        "footfall.push(['unheardOf'])": "is not a function",
        "footfall.track('a.b', {n: 1n})": "BigInt",
        "footfall.track('a.b', {}, 'garbage')": "Invalid time value",
    }
    for call, told in calls.items():
        tab.js(call)
        assert [line for line in tab.complaints() if "footfall:" in line and told in line], call


def test_text_of_the_right_length_is_no_uuid(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("footfall.setUuid('-'.repeat(36))")
    flushed(tab, collector)
    assert tab.js("return footfall.uuid()") == collector.items[0]["uuid"]


def test_reset_makes_another_customer_of_who_signs_out(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    flushed(tab, collector)
    before = tab.js(
        "footfall.setAccessToken('a.b.c'); footfall.track('test.numbered', {number: 1}); return footfall.uuid()"
    )
    tab.js("footfall.reset(); footfall.track('test.numbered', {number: 2})")
    after = tab.js("return footfall.uuid()")
    flushed(tab, collector)
    assert before != after
    assert [event["uuid"] for event in collector.events("test.numbered")] == [before, after]
    assert [request.document.get("token") for request in collector.posts()][-1] is None
    assert is_emptied(tab)
    flushed(tab.open(site.url + "/"), collector)
    assert tab.js("return footfall.uuid()") == after


CALLS = [
    "footfall.track()",
    "footfall.track('a.b', 7)",
    "footfall.track('a.b', 'text')",
    "const cart = {}; cart.cart = cart; footfall.track('a.b', cart)",
    "footfall.track('a.b', {n: 1n})",
    "footfall.track('a.b', {get x() { throw new Error('the page') }})",
    "footfall.sendForm()",
    "footfall.identify()",
    "footfall.setUuid()",
    "footfall.setUuid('me')",
    "footfall.setAccessToken()",
    "footfall.push()",
    "footfall.push(['unheardOf'])",
    "footfall.push(() => { throw new Error('the page') })",
    "SR.event.trackCustomEvent()",
    "SR.event.sendFormData()",
    "document.dispatchEvent(new Event('click'))",
    "document.dispatchEvent(new Event('submit'))",
    "document.body.dispatchEvent(new Event('pointerover', {bubbles: true}))",
]


@pytest.mark.parametrize("call", CALLS)
def test_no_call_throws_into_the_page(tab: Tab, site: Site, collector: Collector, call: str) -> None:
    collected = "<script>window.errors = []; addEventListener('error', event => errors.push(event.message));"
    collected += "addEventListener('unhandledrejection', event => errors.push(String(event.reason)))</script>"
    tab.open(site.add("/", head=collected)).js(call)
    flushed(tab, collector)
    assert tab.js("return errors") == []


def test_text_that_is_no_unicode_is_mended(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("footfall.track('test.text', {text: 'a\\ud800b', good: '\\ud83c\\udf75'})")
    flushed(tab, collector)
    assert collector.params("test.text") == [{"text": "a\ufffdb", "good": "\U0001f375"}]
