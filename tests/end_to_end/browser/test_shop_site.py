"""`make shop`: the page of the shop shows what is stored of it, as it happens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import Tab

SHOWN = "return [...document.querySelectorAll('#events b')].map(line => line.textContent)"


@pytest.fixture
def url(sqlite_url: str) -> Iterator[str]:
    """Where the shop is."""
    command = [sys.executable, "-m", "footfall.doors.samples.shop_site", "--port", "0", "--events-port", "0"]
    program = subprocess.Popen([*command, "--database", sqlite_url], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    yield program.stdout.readline().split("open at ")[1].split()[0]
    program.terminate()
    assert program.communicate()[0] == "closed\n"
    assert program.returncode == 0


def test_the_page_shows_what_its_visitor_did(tab: Tab, url: str) -> None:
    tab.open(url).wait_for("document.querySelector('#state').textContent === 'live'")
    tab.click("nav a[href='/teas']")
    tab.click(".product button")
    tab.find("input[type=email]").send_keys("a@shop.example")
    tab.find("input[type=password]").send_keys("open sesame")
    tab.click("form button")
    tab.click("#entries")
    expected = {"page.visit", "product.addToCart", "form.submit", "entries.count", "session.start"}
    assert eventually(lambda: set(tab.js(SHOWN)) >= expected)
    assert "sesame" not in tab.js("return document.querySelector('#events').textContent")
    before = tab.js("return footfall.uuid()")
    tab.click("#reset")
    assert before != tab.js("return footfall.uuid()")
    assert [line for line in tab.complaints() if "footfall" in line or "Content Security" in line] == []
