"""Page visits by themselves: each page that somebody sees, once, with its final title and where they came from."""

from __future__ import annotations

import pytest

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import OpenTab, Tab
from tests.end_to_end.browser.collector import Collector
from tests.end_to_end.browser.outcomes import flushed, moment, seen, visits
from tests.end_to_end.browser.pages import SLOW, Site

WITHOUT_NAVIGATION = "Object.defineProperty(window, 'navigation', {value: undefined})"


def test_a_page_is_visited_once_with_its_title_and_referrer(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/", '<a id="tea" href="/tea?kind=green#top">Tea</a>', title="Home")
    site.add("/tea", title="Teas")
    tab.open(site.url + "/")
    first = tab.js("return Date.now()") / 1000
    assert seen(tab, collector) == [("/", "Home")]
    tab.click("#tea")
    assert seen(tab, collector, 2) == [("/", "Home"), ("/tea?kind=green", "Teas")]
    home, tea = collector.events("page.visit")
    assert "referrer" not in home["params"]
    assert tea["params"]["referrer"] == site.url + "/"
    assert home["uuid"] == tea["uuid"] == tab.js("return footfall.uuid()")
    assert first - 60 < moment(home) <= first
    assert moment(home) < moment(tea)


def test_a_reload_is_another_visit(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", title="Home"))
    seen(tab, collector)
    tab.driver.refresh()
    assert seen(tab, collector, 2) == [("/", "Home")] * 2


def test_a_page_out_of_the_back_forward_cache_is_visited_again(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/", '<a id="tea" href="/tea">Tea</a>', title="Home")
    site.add("/tea", '<a id="from" href="/">Back</a>', title="Teas")
    tab.open(site.url + "/tea").click("#from")
    tab.wait_for("location.pathname === '/' && window.footfall && footfall.track")
    seen(tab, collector, 2)
    tab.js("window.survives = true")
    tab.click("#tea")
    tab.wait_for("location.pathname === '/tea' && window.footfall && footfall.track")
    tab.js("history.back()")
    tab.wait_for("window.survives")  # else it was loaded anew, and this tests nothing
    assert seen(tab, collector, 4) == [("/tea", "Teas"), ("/", "Home"), ("/tea", "Teas"), ("/", "Home")]
    # The browser still says where the first visit came from, which is not where this one does.
    assert [params.get("referrer") for params in collector.params("page.visit")][1:] == [
        site.url + "/tea",
        site.url + "/",
        None,
    ]


PRERENDER = '<script type="speculationrules">{"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]}</script>'


def test_a_prerendered_page_is_visited_when_it_is_shown(tab: Tab, site: Site, collector: Collector) -> None:
    calls = "window.footfall = window.footfall || []; footfall.push(['track', 'shop.called', {}])"
    site.add("/", f'<a id="next" href="/next">Next</a>{PRERENDER}', title="Home")
    site.add("/next", f"<script>localStorage.setItem('isThere', 1); {calls}</script>", title="Next")
    tab.open(site.url + "/")
    tab.wait_for("localStorage.getItem('isThere')")
    assert seen(tab, collector) == [("/", "Home")]
    assert collector.events("shop.called") == []
    tab.js("localStorage.setItem('leaves', performance.timeOrigin + performance.now())")
    tab.click("#next")
    tab.shows_prerendered()
    assert seen(tab, collector, 2) == [("/", "Home"), ("/next", "Next")]
    activation = tab.js("return performance.getEntriesByType('navigation')[0].activationStart")
    assert activation > 0  # else it was not prerendered, and this tests nothing
    shown = (tab.js("return performance.timeOrigin") + activation) / 1000
    (visit,) = (event for event in collector.events("page.visit") if event["params"]["title"] == "Next")
    assert abs(moment(visit) - shown) < 0.25
    assert moment(visit) > tab.js("return Number(localStorage.getItem('leaves'))") / 1000 - 0.25
    assert visit["params"]["referrer"] == site.url + "/"
    assert len(collector.events("shop.called")) == 1


def test_a_prerendered_page_that_is_never_shown_is_not_visited(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/", PRERENDER, title="Home")
    site.add("/next", "<script>localStorage.setItem('isThere', 1)</script>", title="Next")
    tab.open(site.url + "/")
    tab.wait_for("localStorage.getItem('isThere')")
    tab.open(site.add("/other", title="Other"))
    assert seen(tab, collector, 2) == [("/", "Home"), ("/other", "Other")]


def test_a_tab_opened_in_the_background_is_visited(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/", '<a id="tea" href="/tea" target="_blank" rel="opener">Tea</a>', title="Home")
    site.add("/tea", title="Teas")
    tab.open(site.url + "/")
    tab.js(
        "const event = new MouseEvent('click', {ctrlKey: true}); document.querySelector('#tea').dispatchEvent(event)"
    )
    assert eventually(lambda: len(visits(collector)) == 2)
    assert visits(collector) == [("/", "Home"), ("/tea", "Teas")]


@pytest.fixture(params=["with the Navigation API", "without it"])
def app(request: pytest.FixtureRequest, tab: Tab, site: Site, collector: Collector) -> Tab:
    """The first page of an application of one page, and its visit."""
    if request.param == "without it":
        tab.before_any_page(WITHOUT_NAVIGATION)
    site.add("/", '<a id="top" href="#top">Top</a>', title="Home")
    tab.open(site.url + "/")
    assert seen(tab, collector) == [("/", "Home")]
    return tab


def test_history_navigation_is_visited_once_with_the_final_title(app: Tab, site: Site, collector: Collector) -> None:
    app.js("history.pushState({}, '', '/tea'); setTimeout(() => document.title = 'Teas', 30)")
    assert seen(app, collector, 2) == [("/", "Home"), ("/tea", "Teas")]
    app.js("setTimeout(() => document.title = 'Home again', 30); history.back()")
    assert seen(app, collector, 3) == [("/", "Home"), ("/tea", "Teas"), ("/", "Home again")]
    assert [params.get("referrer") for params in collector.params("page.visit")] == [
        None,
        site.url + "/",
        site.url + "/tea",
    ]


def test_a_step_that_ends_on_the_same_page_is_no_visit(app: Tab, collector: Collector) -> None:
    app.js("history.pushState({step: 1}, '', '/'); history.replaceState({step: 2}, '', location.href)")
    app.click("#top")
    app.js("location.hash = 'other'")
    assert seen(app, collector) == [("/", "Home")]


def test_a_router_that_sends_on_is_one_visit(app: Tab, collector: Collector) -> None:
    app.js("history.pushState({}, '', '/account'); history.replaceState({}, '', '/login'); document.title = 'Login'")
    assert seen(app, collector, 2) == [("/", "Home"), ("/login", "Login")]


def test_pages_in_quick_succession_keep_their_titles(app: Tab, collector: Collector) -> None:
    app.js("history.pushState({}, '', '/a'); document.title = 'A'")
    app.js("history.pushState({}, '', '/b'); document.title = 'B'")
    assert seen(app, collector, 3) == [("/", "Home"), ("/a", "A"), ("/b", "B")]


def test_a_page_that_is_left_at_once_keeps_its_title(app: Tab, site: Site, collector: Collector) -> None:
    site.add("/other", title="Other")
    app.js("history.pushState({}, '', '/a'); document.title = 'A'; location.href = '/other'")
    app.wait_for("location.pathname === '/other' && window.footfall && footfall.track")
    assert seen(app, collector, 3) == [("/", "Home"), ("/a", "A"), ("/other", "Other")]


def test_a_router_that_intercepts_is_seen(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", '<a id="tea" href="/tea">Tea</a>', title="Home"))
    tab.js("""navigation.addEventListener('navigate', event => event.intercept({async handler() {
        await new Promise(done => setTimeout(done, 50)); document.title = 'Teas'; }}))""")
    tab.click("#tea")
    assert seen(tab, collector, 2) == [("/", "Home"), ("/tea", "Teas")]


def test_campaign_parameters_that_a_page_tidies_away_stay_known(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/", "<script>history.replaceState(null, '', '/')</script>", title="Home")
    site.add("/late", title="Late", tag='data-title-ms="2000"')
    tab.open(site.url + "/late?utm_source=letter").js("history.replaceState(null, '', '/late')")
    assert seen(tab, collector) == [("/late?utm_source=letter", "Late")]
    tab.js("history.pushState(null, '', '/next'); document.title = 'Next'")
    assert seen(tab, collector, 2) == [("/late?utm_source=letter", "Late"), ("/next", "Next")]


def test_a_page_that_tidies_its_address_before_the_tracker_is_there(tab: Tab, site: Site, collector: Collector) -> None:
    tidies = "<script>history.replaceState({}, '', location.pathname)</script>"
    tab.open(site.add("/early", head=tidies, title="Early") + "?utm_source=letter#top")
    assert tab.js("return location.search") == ""
    assert seen(tab, collector) == [("/early?utm_source=letter", "Early")]
    tab.js("history.pushState({}, '', '/next')")
    seen(tab, collector, 2)
    tab.js("history.pushState({}, '', '/early')")
    assert [path for path, _ in seen(tab, collector, 3)] == ["/early?utm_source=letter", "/next", "/early"]


def test_a_page_that_sends_itself_elsewhere_is_visited_there(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/start", head="<script>history.replaceState({}, '', '/login')</script>", title="Login")
    tab.open(site.url + "/start?utm_source=letter")
    assert seen(tab, collector) == [("/login", "Login")]


def test_hashes_are_pages_where_the_tag_says_so(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", title="Home", tag='data-hash="on"') + "#/a").js("location.hash = '#/b'")
    assert seen(tab, collector, 2) == [("/#/a", "Home"), ("/#/b", "Home")]
    tab.driver.get("about:blank")
    tab.open(site.url + "/?kind=green#/c")
    assert seen(tab, collector, 3)[2] == ("/?kind=green#/c", "Home")


def test_a_site_may_send_its_visits_itself(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", title="Home", tag='data-pages="off"'))
    tab.js("history.pushState({}, '', '/tea')")
    flushed(tab, collector)
    assert visits(collector) == []
    tab.js("footfall.pageVisit({section: 'teas'})")
    assert seen(tab, collector) == [("/tea", "Home")]
    assert collector.params("page.visit")[0]["section"] == "teas"


def test_a_title_that_a_script_sets_on_load_is_final(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", "<script>setTimeout(() => document.title = 'Shop', 20)</script>", title="Loading"))
    assert seen(tab, collector) == [("/", "Shop")]


def test_a_title_that_is_long_in_coming_is_waited_for(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/")
    site.pages["/"] = site.pages["/"].replace("<title>Page /</title>", "") + SLOW + "<title>Late</title>"
    tab.open(site.url + "/")
    assert seen(tab, collector) == [("/", "Late")]


def test_a_clock_that_is_wrong_by_days_is_told_as_it_is(tab: Tab, site: Site, collector: Collector) -> None:
    tab.before_any_page(
        "const days = 5 * 864e5, Real = Date; window.Date = class extends Real {"
        "constructor(...given) { given.length ? super(...given) : super(Real.now() + days) }"
        "static now() { return Real.now() + days } }"
    )
    tab.open(site.add("/", title="Home"))
    seen(tab, collector)
    shown = tab.js("return Date.now()") / 1000
    (visit,) = collector.events("page.visit")
    assert 0 <= shown - moment(visit) < 60
    assert shown - tab.js("return performance.timeOrigin") / 1000 > 4 * 86400  # else the clock was right


def test_a_second_tag_records_nothing_twice(open_tab: OpenTab, site: Site, collector: Collector) -> None:
    again = f'<script async src="{site.tracker}/footfall.js" data-key="pk_other"></script>'
    tab = open_tab().open(site.add("/", again, title="Home"))
    assert seen(tab, collector) == [("/", "Home")]
    assert len({request.document["key"] for request in collector.posts()}) == 1  # of the one that was there first
