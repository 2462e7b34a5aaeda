"""Forms: only what is tagged, and never what is secret."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.collector import Collector
from tests.end_to_end.browser.outcomes import flushed
from tests.end_to_end.browser.pages import Site

STAY = "<script>addEventListener('submit', event => event.preventDefault())</script>"
GO = '<button id="go">Go</button>'


def form(fields: str) -> str:
    """A tagged form that stays on its page."""
    return f'<form id="form" data-footfall-form="newsletter">{fields}{GO}</form>{STAY}'


def in_shadow(html: str) -> str:
    """An element in whose shadow root something is."""
    return f'<div id="host"></div><script>host.attachShadow({{mode: "open"}}).innerHTML = `{html}`</script>'


def submitted(tab: Tab, collector: Collector) -> list[dict[str, Any]]:
    """The fields of each form that was sent."""
    flushed(tab, collector)
    return [
        {name: value for name, value in params.items() if name not in ("form", "url")}
        for params in collector.params("form.submit")
    ]


def test_a_tagged_form_brings_its_tagged_fields(tab: Tab, site: Site, collector: Collector) -> None:
    fields = """<input name="email" data-footfall-field="email"><input name="name" value="Ada" data-footfall-field>
        <input name="note" value="untagged"><input name="empty" data-footfall-field>
        <input type="number" name="n" value="27" data-footfall-field="entries">
        <input type="checkbox" data-footfall-field="terms" checked><input type="checkbox" data-footfall-field="ads">
        <input type="radio" name="tea" value="green" data-footfall-field><input type="radio" name="tea" value="black"
        data-footfall-field checked><select data-footfall-field="size"><option>S<option selected>M</select>
        <select multiple data-footfall-field="tags"><option selected>a<option>b<option selected>c</select>
        <textarea data-footfall-field="text">Hello</textarea>"""
    url = site.add("/", form(fields))
    tab.open(url).find("[name=email]").send_keys("ada@shop.example", Keys.ENTER)
    flushed(tab, collector)
    told = {"name": "Ada", "entries": 27, "terms": True, "ads": False, "tea": "black", "size": "M", "tags": ["a", "c"]}
    told |= {"email": "ada@shop.example", "text": "Hello"}
    assert collector.params("form.submit") == [{"form": "newsletter", "url": url, **told}]


SECRETS = """
    <input type="password" value="no" data-footfall-field="a">
    <input type="file" data-footfall-field="b">
    <input type="hidden" name="csrf" value="no" data-footfall-field>
    <input autocomplete="section-x cc-number" value="no" data-footfall-field="c">
    <input autocomplete="one-time-code" value="no" data-footfall-field="d">
    <input autocomplete="current-password" value="no" data-footfall-field="e">
    <input name="cardNumber" value="no" data-footfall-field="f">
    <input id="cvc" value="no" data-footfall-field="g">
    <input value="no" data-footfall-field="iban">
    <input value="4111 1111 1111 1111" data-footfall-field="h">
    <input value="no" data-footfall-field="i" disabled>
    <fieldset disabled><input value="no" data-footfall-field="j"></fieldset>"""


def test_what_is_secret_is_never_sent(tab: Tab, site: Site, collector: Collector) -> None:
    harmless = '<input value="4111 1111 1111 1112" data-footfall-field="loyalty">'
    harmless += '<input type="hidden" value="spring" data-footfall-field="campaign">'
    harmless += (
        '<input name="company" value="Tea" data-footfall-field><input name="discard" value="x" data-footfall-field>'
    )
    tab.open(site.add("/", form(SECRETS + harmless))).click("#go")
    told = {"loyalty": "4111 1111 1111 1112", "campaign": "spring", "company": "Tea", "discard": "x"}
    assert submitted(tab, collector) == [told]


@pytest.mark.parametrize("is_in_shadow", [False, True])
def test_a_password_shown_in_clear_is_still_one(tab: Tab, site: Site, collector: Collector, is_in_shadow: bool) -> None:
    show = "<button type='button' id='show'>Show</button>"
    fields = (
        f'<input type="password" id="it" data-footfall-field="word"><input value="x" data-footfall-field="y">{show}'
    )
    stays = form(fields).replace("data-footfall", "onsubmit='return false' data-footfall", 1).removesuffix(STAY)
    tab.open(site.add("/", in_shadow(stays) if is_in_shadow else stays))
    find = f"return {'host.shadowRoot' if is_in_shadow else 'document'}.querySelector(arguments[0])"
    tab.js("arguments[0].onclick = () => arguments[1].type = 'text'", tab.js(find, "#show"), tab.js(find, "#it"))
    tab.js(find, "#show").click()
    tab.js(find, "#it").send_keys("open sesame")
    assert tab.js(f"{find}.type", "#it") == "text"
    tab.js(find, "#go").click()
    flushed(tab, collector)
    assert submitted(tab, collector) == [{"y": "x"}]


def test_a_form_in_a_shadow_root_is_seen(tab: Tab, site: Site, collector: Collector) -> None:
    inner = (
        '<form data-footfall-form="letter" onsubmit="return false"><input data-footfall-field="email" autofocus></form>'
    )
    tab.open(site.add("/", in_shadow(inner)))
    tab.js("return host.shadowRoot.querySelector('input')").send_keys("a@shop.example", Keys.ENTER)
    assert submitted(tab, collector) == [{"email": "a@shop.example"}]


def test_fields_cannot_hide_what_the_form_is(tab: Tab, site: Site, collector: Collector) -> None:
    names = ["id", "elements", "dataset", "matches", "nodeType", "tagName"]
    fields = "".join(f'<input name="{name}" value="v" data-footfall-field>' for name in names)
    tab.open(site.add("/", form(fields))).click("#go")
    assert submitted(tab, collector) == [dict.fromkeys(names, "v")]


def test_a_form_that_is_not_tagged_or_not_valid_is_not_sent(tab: Tab, site: Site, collector: Collector) -> None:
    untagged = '<form><input name="q" value="v" data-footfall-field><button id="other">Go</button></form>'
    tab.open(site.add("/", form('<input required data-footfall-field="email">') + untagged))
    tab.click("#go")
    tab.click("#other")
    assert submitted(tab, collector) == []


def test_a_form_brings_its_own_fields_wherever_they_are(tab: Tab, site: Site, collector: Collector) -> None:
    outside = '<input form="form" value="v" data-footfall-field="outside">'
    other = '<form data-footfall-form="other"><input value="no" data-footfall-field="other"></form>'
    alone = '<input value="no" data-footfall-field="alone">'
    fields = '<input value="v" data-footfall-field="inside">'
    tab.open(site.add("/", outside + other + alone + form(fields))).click("#go")
    assert submitted(tab, collector) == [{"outside": "v", "inside": "v"}]


def test_a_form_that_leaves_the_page_arrives(tab: Tab, site: Site, collector: Collector) -> None:
    site.add("/thanks", "Thank you")
    field = '<input name="q" value="v" data-footfall-field>'
    url = site.add("/", f'<form action="/thanks" data-footfall-form="letter">{field}{GO}</form>')
    tab.open(url).click("#go")
    tab.wait_for("location.pathname === '/thanks' && window.footfall && footfall.track")
    assert submitted(tab, collector) == [{"q": "v"}]
    assert collector.params("form.submit")[0]["url"] == url


def test_the_page_is_not_told_that_its_form_is_read(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/", form('<input value="v" data-footfall-field="q">')))
    tab.js("window.told = 0; document.addEventListener('formdata', () => told++)")
    tab.click("#go")
    assert submitted(tab, collector) == [{"q": "v"}]
    assert tab.js("return told") == 0


def test_a_form_that_a_script_sends_is_told_by_a_call(tab: Tab, site: Site, collector: Collector) -> None:
    tab.open(site.add("/")).js("footfall.sendForm('letter', {email: 'a@shop.example', password: 'no', cvv: 1})")
    assert submitted(tab, collector) == [{"email": "a@shop.example"}]
    assert collector.params("form.submit")[0]["form"] == "letter"
