"""Pages that change what belongs to everybody: nothing throws into them, and what they send stays whole."""

from __future__ import annotations

import pytest

from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.collector import KEY, Collector
from tests.end_to_end.browser.outcomes import flushed, seen
from tests.end_to_end.browser.pages import Site
from tests.end_to_end.browser.test_forms import form, submitted

NOTED = """<script>window.errors = []; addEventListener('error', event => errors.push(event.message));
    addEventListener('unhandledrejection', event => errors.push(String(event.reason)))</script>"""
SALE = '<button id="sale" data-footfall-click="button.click">Sale</button>'

OLD_LIBRARIES = """<script>
    const inspected = function () { return JSON.parse(`"${this}"`) };
    String.prototype.toJSON = function () { return `"${this}"` };
    Number.prototype.toJSON = function () { return `${this}` };
    Array.prototype.toJSON = function () { return '[' + this.join() + ']' };
    Array.prototype.reduce = function () { return this.length > 1 ? this : this[0] };
    Array.from = items => items.map ? items : [{}, {}];
    Object.keys = object => { const names = []; for (const name in object) names.push(name); return names };
</script>"""


def test_prototypes_that_old_libraries_change(tab: Tab, site: Site, collector: Collector) -> None:
    fields = """<select multiple data-footfall-field="tags"><option selected>a<option selected>b</select>
        <input value="4111 1111 1111 1111" data-footfall-field="x">
        <input type="number" value="27" data-footfall-field="n">"""
    tab.open(site.add("/", form(fields), head=OLD_LIBRARIES, title="Home")).click("#go")
    assert seen(tab, collector) == [("/", "Home")]
    assert submitted(tab, collector) == [{"tags": ["a", "b"], "n": 27}]


HIDDEN = [
    "title",
    "referrer",
    "cookie",
    "hidden",
    "readyState",
    "prerendering",
    "currentScript",
    "visibilityState",
    "URL",
]


def test_elements_hide_nothing_of_the_document(tab: Tab, site: Site, collector: Collector) -> None:
    forms = "".join(f'<form name="{name}"></form>' for name in HIDDEN)
    lure = '<img name="currentScript" data-key="pk_lure" data-endpoint="http://lure.test">'
    script = f'<script src="{site.tracker}/footfall.js" data-key="{KEY}"></script>'
    site.add("/from", '<a id="go" href="/">Go</a>')
    site.pages["/"] = f"<!doctype html><title>Home</title>{NOTED}<body>{forms}{lure}{SALE}{script}"
    tab.open(site.url + "/from").click("#go")
    tab.wait_for("location.pathname === '/' && window.footfall && footfall.track")
    tab.js("const loop = document.forms[0]; loop.loop = loop; history.pushState(null, '', '/next')")
    tab.click("#sale")
    assert seen(tab, collector, 3)[1:] == [("/", "Home"), ("/next", "Home")]
    assert collector.params("page.visit")[1]["referrer"] == site.url + "/from"
    assert tab.js("return [errors, footfall.uuid()]") == [[], collector.items[0]["uuid"]]
    assert len({item["uuid"] for item in collector.items}) == 1


@pytest.mark.parametrize("without", ["navigation", "nothing"])
def test_an_element_named_navigation_is_no_history(tab: Tab, site: Site, collector: Collector, without: str) -> None:
    nav = '<nav id="navigation"></nav>'
    tab.open(site.add("/", nav, head=f"<script>delete window.{without}</script>", title="Home"))
    assert tab.js("return navigation.id || null") == ("navigation" if without == "navigation" else None)
    seen(tab, collector)
    tab.js("history.pushState({}, '', '/a')")
    assert seen(tab, collector, 2) == [("/", "Home"), ("/a", "Home")]


def test_a_history_that_is_frozen_stops_nothing_else(tab: Tab, site: Site, collector: Collector) -> None:
    frozen = "<script>delete window.navigation; Object.freeze(history)</script>"
    tab.open(site.add("/", SALE, head=NOTED + frozen, title="Home")).click("#sale")
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 1
    assert tab.js("return errors") == []


def test_a_clock_that_is_none_throws_nowhere(tab: Tab, site: Site) -> None:
    tab.open(site.add("/", SALE, head=NOTED + "<script>Date.now = () => NaN</script>", tag='data-title-ms="10"'))
    tab.click("#sale")
    tab.js("history.pushState({}, '', '/a'); footfall.flush(); footfall.reset()")
    tab.driver.execute_async_script("setTimeout(arguments[0], 1300)")
    assert tab.js("return errors") == []


def test_a_module_finds_its_own_tag(tab: Tab, collector: Collector) -> None:
    other = '<script src="data:text/javascript," data-key="pk_other"></script>'
    own = f'<script type="module" src="/footfall.js" data-key="{KEY}"></script>'
    collector.page = f"<title>Home</title>{other}{own}"
    tab.open(collector.url + "/")
    assert seen(tab, collector) == [("/", "Home")]
    assert {request.document["key"] for request in collector.posts()} == {KEY}


def test_a_form_of_the_tracker_s_name_does_not_take_its_place(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", '<form id="footfall"><input name="track"></form>', title="Home"))
    assert seen(tab, collector) == [("/", "Home")]


def test_a_query_of_the_script_s_address_is_no_place(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/", title="Home")
    site.pages["/"] = site.pages["/"].replace("footfall.js", "footfall.js?from=cdn/v2")
    tab.open(site.url + "/")
    assert seen(tab, collector) == [("/", "Home")]
    assert {request.path for request in collector.posts()} == {"/v1/events"}
