"""What is kept in the browser, and when nothing is: consent, signals, cookies, storage, strict pages."""

from __future__ import annotations

import pytest

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import OpenTab, Tab, chromium
from tests.end_to_end.browser.collector import KEY, Collector
from tests.end_to_end.browser.outcomes import flushed, is_emptied, outbox, seen, visits
from tests.end_to_end.browser.pages import Site

SALE = '<button id="sale" data-footfall-click="button.click">Sale</button>'
KEPT = "return [document.cookie, Object.keys(localStorage).length]"


def busy(tab: Tab) -> None:
    """Do what would be recorded."""
    tab.click("#sale")
    tab.js("footfall.track('test.numbered', {number: 1}); history.pushState({}, '', '/tea'); footfall.flush()")
    tab.driver.execute_async_script("setTimeout(arguments[0], 500)")


def test_nothing_is_kept_or_sent_until_it_is_allowed(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE, title="Home", tag='data-consent="required"'))
    busy(tab)
    assert tab.js(KEPT) == ["", 0]
    assert tab.js("return [footfall.consent(), footfall.uuid()]") == [False, None]
    tab.open(site.url + "/")
    assert tab.js(KEPT) == ["", 0]
    assert collector.posts() == []
    assert tab.js("return footfall.consent(true)") is True
    assert seen(tab, collector) == [("/", "Home")]
    assert collector.events("button.click") == []
    # It is remembered.
    tab.open(site.url + "/")
    tab.click("#sale")
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 1


def test_consent_that_is_taken_back_takes_everything_along(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE, title="Home"))
    seen(tab, collector)
    with tab.offline():
        busy(tab)
        assert len(outbox(tab)) > 1
        assert tab.js("return footfall.consent(false)") is False
        assert tab.js(KEPT) == ["footfall_uuid=no", 1]  # that it was taken back
    before = len(collector.posts())
    tab.open(site.url + "/")
    busy(tab)
    tab.driver.get("about:blank")
    tab.open(site.url + "/")
    assert len(collector.posts()) == before
    tab.js("footfall.consent(true)")
    seen(tab, collector, 2)
    assert len({item["uuid"] for item in collector.items}) == 2
    assert len(collector.events("button.click")) == 0


def test_who_allows_it_again_is_somebody_new_at_once(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", title="Home"))
    seen(tab, collector)
    before = tab.js("return footfall.uuid()")
    tab.js("footfall.consent(false); footfall.consent(true); footfall.track('test.again', {})")
    seen(tab, collector, 2)
    (event,) = collector.events("test.again")
    assert event["uuid"] == tab.js("return footfall.uuid()") != before


@pytest.mark.parametrize(
    ("signal", "value", "word"),
    [("globalPrivacyControl", "true", "gpc"), ("doNotTrack", "'1'", "dnt")],
)
def test_a_signal_counts_where_the_tag_says_so(
    tab: Tab, site: Site, collector: Collector, signal: str, value: str, word: str
) -> None:
    tab.before_any_page(f"Object.defineProperty(Navigator.prototype, '{signal}', {{get: () => {value}}})")
    tab.open(site.add("/respects", SALE, title="Respects", tag='data-respect="dnt gpc"'))
    busy(tab)
    assert tab.js(KEPT) == ["", 0]
    tab.open(site.add("/other", SALE, title="Other", tag=f'data-respect="{"dnt" if word == "gpc" else "gpc"}"'))
    assert seen(tab, collector) == [("/other", "Other")]
    assert tab.js("return footfall.consent(false)") is False
    tab.open(site.url + "/respects").js("footfall.consent(true)")  # who says so goes before a signal
    assert seen(tab, collector, 2) == [("/other", "Other"), ("/respects", "Respects")]


def test_the_cookie_is_first_party_and_carries_the_uuid_alone(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/"))
    seen(tab, collector)
    (cookie,) = tab.driver.get_cookies()
    assert cookie["name"] == "footfall_uuid"
    assert cookie["value"] == tab.js("return footfall.uuid()") == collector.items[0]["uuid"]
    assert cookie["sameSite"] == "Lax"
    assert cookie["path"] == "/"
    days = cookie["expiry"] - tab.js("return Date.now() / 86400000") * 86400
    assert 364 < days / 86400 <= 365
    assert is_emptied(tab)
    assert tab.js("return Object.keys(localStorage)") == []


def test_name_domain_and_lifetime_of_the_cookie_are_settings(tab: Tab, site: Site, collector: Collector) -> None:
    host = site.insecure_url.split("//www.")[1].split(":")[0]
    tag = f'data-cookie="visitor" data-cookie-domain="{host}" data-cookie-days="30"'
    site.add("/", tag=tag)
    tab.open(site.insecure_url + "/")
    flushed(tab, collector)
    (cookie,) = tab.driver.get_cookies()
    assert (cookie["name"], cookie["domain"]) == ("visitor", f".{host}")
    assert 29 < (cookie["expiry"] - tab.js("return Date.now() / 1000")) / 86400 <= 30
    tab.open(site.insecure_url.replace("www.", "other.") + "/")
    flushed(tab, collector)
    assert len({item["uuid"] for item in collector.items}) == 1


def test_a_site_without_tls_works(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/", SALE, title="Home")
    tab.open(site.insecure_url + "/")
    assert (
        tab.js("return [isSecureContext, typeof navigator.locks, typeof crypto.randomUUID]")
        == [False] + ["undefined"] * 2
    )
    tab.click("#sale")
    flushed(tab, collector)
    tab.driver.refresh()
    assert seen(tab, collector, 2) == [("/", "Home")] * 2
    assert len({item["uuid"] for item in collector.items}) == 1


def test_without_a_cookie_the_uuid_is_kept_in_storage(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", tag='data-cookie="none"'))
    flushed(tab, collector)
    flushed(tab.open(site.url + "/"), collector)
    assert tab.driver.get_cookies() == []
    assert len({item["uuid"] for item in collector.items}) == 1


def test_storage_that_throws_is_done_without(tab: Tab, site: Site, collector: Collector) -> None:
    site.headers["Content-Security-Policy"] = "sandbox allow-scripts"
    tab.open(site.add("/", SALE, title="Home"))
    with pytest.raises(Exception, match="sandboxed"):
        tab.js("return localStorage.length")
    tab.click("#sale")
    assert seen(tab, collector) == [("/", "Home")]
    assert len(collector.events("button.click")) == 1
    assert len({item["uuid"] for item in collector.items}) == 1
    tab.js("footfall.track('test.numbered', {number: 1})")
    tab.close()
    assert eventually(lambda: collector.events("test.numbered"))


def test_blocked_cookies_are_done_without(site: Site, collector: Collector) -> None:
    with chromium({"profile.default_content_setting_values.cookies": 2}) as driver:
        tab = Tab(driver)
        tab.open(site.add("/", SALE, title="Home")).click("#sale")
        assert seen(tab, collector) == [("/", "Home")]
        with pytest.raises(Exception, match="Access is denied"):
            tab.js("return localStorage.length")
        assert len({item["uuid"] for item in collector.items}) == 1


STRICT = (
    "default-src 'none'; script-src {tracker}; connect-src {tracker}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


def test_a_strict_policy_is_enough(tab: Tab, site: Site, collector: Collector) -> None:
    site.headers["Content-Security-Policy"] = STRICT.format(tracker=site.tracker)
    tab.open(site.add("/", SALE + BANNERS, title="Home")).click("#sale")
    assert seen(tab, collector) == [("/", "Home")]
    assert len(collector.events("button.click")) == 1
    assert [line for line in tab.complaints() if "Content Security Policy" in line and "favicon" not in line] == []


BANNERS = '<form data-footfall-form="f"><input data-footfall-field="a"></form>'


def test_a_policy_that_forbids_the_line_loses_nothing(tab: Tab, site: Site, collector: Collector) -> None:
    site.headers["Content-Security-Policy"] = f"script-src {site.tracker}; connect-src 'none'"
    tab.open(site.add("/", SALE, title="Home")).click("#sale")
    tab.js("footfall.flush()")
    assert eventually(lambda: tab.js("return localStorage.getItem('footfall:pk_test:pause')"))
    assert collector.posts() == []
    site.headers.clear()
    tab.js("localStorage.removeItem('footfall:pk_test:pause')")
    assert seen(tab.open(site.url + "/"), collector, 2) == [("/", "Home")] * 2
    assert len(collector.events("button.click")) == 1


def test_a_door_on_the_site_s_own_origin_is_told_that_origin_and_no_cookie(tab: Tab, collector: Collector) -> None:
    # With the page's own policy, which lets no referrer out, a request would come from the origin `null`.
    tag = f'<script async src="/footfall.js" data-key="{KEY}"></script>'
    collector.page = f"<title>Home</title><script>document.cookie = 'session=1'</script>{tag}"
    tab.open(collector.url + "/")
    assert seen(tab, collector) == [("/", "Home")]
    assert {request.headers["Origin"] for request in collector.posts()} == {collector.url}
    assert [request for request in collector.posts() if "Cookie" in request.headers] == []


def test_the_address_of_the_page_is_in_no_header(tab: Tab, site: Site, collector: Collector) -> None:
    site.headers["Referrer-Policy"] = "unsafe-url"
    site.add("/account", title="Home")
    tab.open(site.url + "/account?token=secret")
    flushed(tab, collector)
    assert {request.headers.get("Referer") for request in collector.posts()} == {site.url + "/"}


def test_a_tag_without_a_key_records_nothing_and_says_so(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE, key=""))
    busy(tab)
    tab.driver.get("about:blank")
    assert collector.posts() == []
    assert visits(collector) == []


def test_the_back_forward_cache_is_kept(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    tab = open_tab()
    tab.before_any_page("window.kinds = []; const add = EventTarget.prototype.addEventListener;"
                        "EventTarget.prototype.addEventListener = function (kind, ...more) {"
                        " kinds.push(kind); return add.call(this, kind, ...more) }")  # fmt: skip
    tab.open(site.add("/"))
    flushed(tab, collector)
    kinds = tab.js("return kinds")
    assert "pagehide" in kinds
    assert not {"unload", "beforeunload"} & set(kinds)
