"""A no is a no: in all tabs, however it is said, whatever waits, and where storage is full."""

from __future__ import annotations

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import OpenTab, Tab
from tests.end_to_end.browser.collector import Collector, Fault
from tests.end_to_end.browser.outcomes import flushed, is_emptied, outbox, seen
from tests.end_to_end.browser.pages import Site

UUID_COOKIE = "return document.cookie.split('; ').filter(each => each.startsWith('footfall_uuid='))"


def test_what_waits_is_not_sent_before_somebody_agrees(
    open_tab: OpenTab, tab: Tab, site: Site, collector: Collector
) -> None:
    tab.open(site.add("/", title="Home"))
    seen(tab, collector)
    with collector.failing(Fault(503)):
        tab.js("footfall.track('test.numbered', {number: 1}); footfall.flush()")
        assert eventually(lambda: tab.js("return localStorage.getItem('footfall:pk_test:pause')"))
    site.add("/asks", title="Asks", tag='data-consent="required"')
    site.pages["/plain"] = "A page without the tracker"
    tab.driver.get(site.url + "/plain")
    before = len(collector.posts())
    tab.js("localStorage.removeItem('footfall:pk_test:pause')")
    tab.open(site.url + "/asks").js("dispatchEvent(new Event('online')); footfall.flush()")
    open_tab()  # hides it
    tab.js("dispatchEvent(new PageTransitionEvent('pagehide'))")
    tab.driver.execute_async_script("setTimeout(arguments[0], 1200)")
    assert len(collector.posts()) == before
    assert len(outbox(tab)) == 1
    tab.js("footfall.consent(true)")
    assert eventually(lambda: collector.params("test.numbered") == [{"number": 1}])


def test_a_tab_that_was_open_does_not_bring_the_uuid_back(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    one, other = (open_tab().open(site.add("/", title="Home")) for _ in range(2))
    flushed(one, collector)
    flushed(other, collector)
    one.js("footfall.consent(false)")
    other.js("footfall.reset(); footfall.setUuid('345d4c8f-5aff-591d-a19c-1ca48923d9ee'); footfall.track('a.b', {})")
    assert other.js(UUID_COOKIE) == ["footfall_uuid=no"]
    assert outbox(other) == []


def test_whatever_the_tag_says_but_off_asks_first(tab: Tab, site: Site, collector: Collector) -> None:
    tab.before_any_page("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})")
    tags = ["data-consent", 'data-consent="true"', 'data-consent="Required"', 'data-respect="DNT GPC"']
    for number, tag in enumerate(tags):
        site.add(f"/{number}", tag=tag)
        assert tab.open(f"{site.url}/{number}").js("return footfall.consent()") is False, tag
    tab.open(site.add("/off", title="Off", tag='data-consent="OFF"'))
    assert seen(tab, collector) == [("/off", "Off")]


def test_whatever_is_answered_but_true_is_a_no(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", title="Home"))
    seen(tab, collector)
    for answer in ("'no'", "'false'", "'yes'", "null", "0", "1"):
        said = tab.js(f"footfall.consent(true); return [footfall.consent({answer}), footfall.uuid() || null]")
        assert said == [False, None], answer
        assert tab.js(UUID_COOKIE) == ["footfall_uuid=no"]


FILLS = """let number = 0; for (const size of [1e5, 1e3, 1])
    try { for (;;) localStorage.setItem('f' + number++, 'x'.repeat(size)) } catch (full) {}"""


def test_a_no_is_remembered_where_storage_is_full(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", title="Home"))
    seen(tab, collector)
    assert is_emptied(tab)
    assert tab.js(FILLS + "; return footfall.consent(false)") is False
    assert tab.js("return localStorage.getItem('footfall:pk_test:consent')") is None
    before = len(collector.posts())
    tab.open(site.url + "/").js("footfall.track('a.b', {}); footfall.flush()")
    assert tab.js("return footfall.consent()") is False
    tab.driver.get("about:blank")
    assert len(collector.posts()) == before
    tab.open(site.url + "/").js("localStorage.clear()")


def test_a_domain_that_the_tag_names_later_takes_the_cookie_over(tab: Tab, site: Site, collector: Collector) -> None:
    host = site.insecure_url.split("//www.")[1].split(":")[0]
    site.add("/")
    site.add("/shared", tag=f'data-cookie-domain="{host}"')
    flushed(tab.open(site.insecure_url + "/"), collector)
    before = tab.js("return footfall.uuid()")
    flushed(tab.open(site.insecure_url + "/shared"), collector)
    assert [cookie["domain"] for cookie in tab.driver.get_cookies()] == [f".{host}"]
    assert tab.js("return footfall.uuid()") == before
    tab.js("footfall.reset()")
    assert tab.js("return footfall.uuid()") != before
    tab.js("footfall.consent(false)")
    assert tab.js(UUID_COOKIE) == ["footfall_uuid=no"]
