"""The examples of docs/tracker.md do what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.collector import KEY, TRACKER, Collector
from tests.end_to_end.browser.outcomes import flushed
from tests.end_to_end.browser.pages import Site

PAGE = (Path(__file__).parents[3] / "docs/tracker.md").read_text()
HTML = re.findall(r"```html\n(.*?)```", PAGE, re.DOTALL)
SCRIPTS = re.findall(r"```js\n(.*?)```", PAGE, re.DOTALL)
TAG = '<script async src="https://events.shop.example/footfall.js" data-key="pk_…"'
STAYS = "<script>addEventListener('submit', event => event.preventDefault())</script>"
ACTIONS = re.compile(r"""data-footfall-(?:click|hover)="([^"]+)"|(?:track|trackCustomEvent)"?[(,] ?"([^"]+)\"""")
CALLS = {"pageVisit(": "page.visit", "sendForm": "form.submit", "data-footfall-form": "form.submit"}


def expected(example: str) -> set[str]:
    """The actions that an example names."""
    named = {first or second for first, second in ACTIONS.findall(example)}
    return named | {action for call, action in CALLS.items() if call in example and "later(" not in example}


@pytest.mark.parametrize("example", HTML)
def test_a_piece_of_a_page_is_tracked(tab: Tab, site: Site, collector: Collector, example: str) -> None:
    if TAG in example:
        body = example.replace("https://events.shop.example", site.tracker).replace("pk_…", KEY)
        site.pages["/"] = f"<!doctype html><title>Home</title>{body}"
    else:
        site.add("/", STAYS + example, title="Home")
    tab.open(site.url + "/")
    if "consent(true)" in example:
        tab.click("button")
    for element in tab.driver.find_elements("css selector", "[data-footfall-click], form button"):
        tab.js("document.querySelectorAll('input').forEach(field => field.value = 'you@shop.example')")
        element.click()
    for element in tab.driver.find_elements("css selector", "[data-footfall-hover]"):
        tab.point_at(element)
        tab.driver.execute_async_script("setTimeout(arguments[0], 1100)")
        tab.point_at(tab.find("[data-footfall-click]"))
    flushed(tab, collector)
    assert eventually(lambda: collector.events("page.visit"))
    assert {item["action"] for item in collector.items} - {"test.ended"} == {"page.visit", *expected(example)}


@pytest.mark.parametrize("example", SCRIPTS)
def test_calls_do_what_they_say(tab: Tab, site: Site, collector: Collector, example: str) -> None:
    tab.open(site.add("/", "<script>window.token = 'a.b.c'</script>", title="Home", tag='data-pages="off"')).js(example)
    flushed(tab, collector)
    assert {item.get("action") for item in collector.items} - {"test.ended", None} == expected(example)
    assert eventually(lambda: ("identify" in example) == any("attributes" in item for item in collector.items))


def test_every_setting_and_call_is_told() -> None:
    script = TRACKER.read_text()
    settings = set(re.findall(r"settings\.(\w+)", script)) | {"key", "respect"}
    told = set(re.findall(r"^\| `data-([a-z-]+)", PAGE, re.MULTILINE))
    assert {re.sub(r"([A-Z])", r"-\1", setting).lower() for setting in settings} == told
    calls = re.search(r"const calls = \{\n(.*?)\n  \};", script, re.DOTALL)
    assert calls is not None
    named = set(re.findall(r"^    (\w+)[:,]", calls[1], re.MULTILINE))
    table = PAGE[PAGE.index("| call | what |") : PAGE.index("Calls that come before")]
    assert named == set(re.findall(r"`(\w+)\(", table))


def test_there_are_examples() -> None:
    assert (len(HTML), len(SCRIPTS)) == (6, 3)
