"""Clicks and hovers on tagged elements, wherever they are in the page."""

from __future__ import annotations

from selenium.webdriver.common.keys import Keys

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.collector import Collector
from tests.end_to_end.browser.outcomes import flushed
from tests.end_to_end.browser.pages import Site

SALE = '<button id="sale" data-footfall-click="button.click" data-footfall-text="Sale"><b id="inner">Sale!</b></button>'
BOX = "display:block;width:200px;height:100px"
BANNER = f'<div id="banner" style="{BOX}" data-footfall-hover="banner.hover" data-footfall-ms="200"></div>'
ELSEWHERE = f'<div id="elsewhere" style="{BOX}">Elsewhere</div>'


def in_shadow(html: str, mode: str = "open") -> str:
    """An element in whose shadow root something is."""
    return f'<div id="host"></div><script>host.attachShadow({{mode: "{mode}"}}).innerHTML = `{html}`</script>'


def test_a_click_on_a_tagged_element_brings_its_attributes(tab: Tab, site: Site, collector: Collector) -> None:
    more = """data-footfall-product-id="T-100" data-footfall-params='{"quantity": 2, "gift": true}'"""
    url = site.add(
        "/", f'{SALE}<a id="more" href="#here" data-footfall-click="cart.add" {more}>More</a><p id="p">x</p>'
    )
    tab.open(url).click("#inner")
    tab.click("#more")
    tab.click("#p")
    flushed(tab, collector)
    assert collector.params("button.click") == [{"url": url, "text": "Sale"}]
    assert collector.params("cart.add") == [
        {"url": url, "href": url + "#here", "productId": "T-100", "quantity": 2, "gift": True}
    ]


def test_the_page_cannot_keep_a_click_to_itself(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", f"{SALE}<script>sale.onclick = event => event.stopImmediatePropagation()</script>"))
    tab.click("#sale")
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 1


def test_elements_that_are_added_later_are_seen(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("document.body.innerHTML = arguments[0]", SALE)
    tab.click("#sale")
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 1


def test_a_click_in_an_open_shadow_root_is_seen(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", in_shadow(SALE)))
    tab.js("return host.shadowRoot.querySelector('#inner')").click()
    flushed(tab, collector)
    assert [params["text"] for params in collector.params("button.click")] == ["Sale"]


def test_the_keys_click_too(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE)).find("#sale").send_keys(Keys.ENTER, Keys.SPACE)
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 2


def test_a_script_that_clicks_often_is_taken_at_its_word(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE)).js("for (let i = 0; i < 300; i++) sale.click()")
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 300


def test_enter_in_a_field_clicks_no_button(tab: Tab, site: Site, collector: Collector) -> None:
    button = '<button id="go" data-footfall-click="button.click">Go</button>'
    tab.open(site.add("/", f'<form onsubmit="return false"><input id="name">{button}</form>'))
    tab.find("#name").send_keys("tea", Keys.ENTER)
    flushed(tab, collector)
    assert collector.events("button.click") == []
    tab.click("#go")
    tab.find("#go").send_keys(Keys.ENTER)
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 2


def test_a_button_that_takes_no_focus_from_a_field_is_clicked(tab: Tab, site: Site, collector: Collector) -> None:
    button = '<button id="go" data-footfall-click="button.click" onmousedown="event.preventDefault()">Go</button>'
    tab.open(site.add("/", f'<form onsubmit="return false"><input id="name">{button}</form>'))
    tab.click("#name")
    tab.click("#go")
    assert tab.js("return document.activeElement.id") == "name"
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 1


def test_a_click_on_a_label_is_one_click(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", '<label id="l" data-footfall-click="choice.made">Green <input type="checkbox"></label>'))
    tab.click("#l")
    flushed(tab, collector)
    assert len(collector.events("choice.made")) == 1


def test_the_middle_button_clicks_and_the_right_one_does_not(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", SALE))
    for button in (1, 2):
        tab.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {**press(button), "type": "mousePressed"})
        tab.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {**press(button), "type": "mouseReleased"})
    flushed(tab, collector)
    assert len(collector.events("button.click")) == 1


def press(button: int) -> dict[str, object]:
    """A press of a button of the mouse at the top left of the page."""
    return {"x": 20, "y": 20, "button": ("left", "middle", "right")[button], "clickCount": 1}


def hover(tab: Tab, collector: Collector, milliseconds: int) -> None:
    """Stay on the banner for so long at least, then leave it."""
    tab.point_at(tab.find("#banner"))
    tab.driver.execute_async_script("setTimeout(arguments[1], arguments[0])", milliseconds)
    tab.point_at(tab.find("#elsewhere"))
    flushed(tab, collector)


def test_a_hover_is_seen_where_it_was_long_enough(tab: Tab, site: Site, collector: Collector) -> None:
    url = site.add("/", ELSEWHERE + BANNER.replace("div", "div data-footfall-name='Spring'", 1))
    tab.open(url)
    hover(tab, collector, 300)
    (hovered,) = collector.params("banner.hover")
    assert hovered.pop("duration") >= 300
    assert hovered == {"url": url, "name": "Spring"}
    tab.js("banner.dataset.footfallMs = 60000")
    hover(tab, collector, 300)
    assert len(collector.events("banner.hover")) == 1


def test_a_hover_within_a_shadow_root_is_seen(tab: Tab, site: Site, collector: Collector) -> None:
    # Of a move from one element of the root to another the document is told by `pointermove` alone.
    tab.open(site.add("/", in_shadow(ELSEWHERE + BANNER)))
    inside = "return host.shadowRoot.querySelector(arguments[0])"
    tab.point_at(tab.js(inside, "#elsewhere"))
    tab.point_at(tab.js(inside, "#banner"))
    tab.driver.execute_async_script("setTimeout(arguments[0], 300)")
    tab.point_at(tab.js(inside, "#elsewhere"))
    flushed(tab, collector)
    assert len(collector.events("banner.hover")) == 1


def test_a_hover_ends_with_its_element(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", ELSEWHERE + BANNER))
    tab.point_at(tab.find("#banner"))
    tab.driver.execute_async_script("setTimeout(() => { banner.remove(); arguments[0]() }, 300)")
    tab.point_at(tab.find("#elsewhere"))
    flushed(tab, collector)
    assert len(collector.events("banner.hover")) == 1


def test_a_hover_ends_when_the_page_is_left(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/next")
    tab.open(site.add("/", ELSEWHERE + BANNER)).point_at(tab.find("#banner"))
    tab.driver.execute_async_script("setTimeout(arguments[0], 300)")
    tab.open(site.url + "/next")
    assert eventually(lambda: collector.events("banner.hover"))


def test_a_hover_ends_when_the_pointer_leaves_the_window(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", BANNER)).point_at(tab.find("#banner"))
    tab.driver.execute_async_script("setTimeout(arguments[0], 300)")
    tab.js("banner.dispatchEvent(new PointerEvent('pointerout', {bubbles: true, composed: true}))")
    flushed(tab, collector)
    assert len(collector.events("banner.hover")) == 1


def test_a_touch_is_no_hover(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", BANNER))
    touch = {"x": 50, "y": 50}
    tab.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [touch]})
    tab.driver.execute_async_script("setTimeout(arguments[0], 300)")
    tab.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    flushed(tab, collector)
    assert collector.events("banner.hover") == []


def test_two_hovers_one_in_the_other_are_two(tab: Tab, site: Site, collector: Collector) -> None:
    around = f'<div data-footfall-hover="list.hover" data-footfall-ms="0">{BANNER}</div>'
    tab.open(site.add("/", ELSEWHERE + around))
    hover(tab, collector, 300)
    assert (len(collector.events("list.hover")), len(collector.events("banner.hover"))) == (1, 1)
