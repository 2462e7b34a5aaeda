"""One browser for all tests of a process, and a collector and a site of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver

from tests.end_to_end.browser.chromium import OpenTab, Tab, chromium
from tests.end_to_end.browser.collector import Collector, collecting
from tests.end_to_end.browser.pages import Site, site_for


@pytest.fixture(scope="session")
def browser() -> Iterator[webdriver.Chrome]:
    """The browser."""
    with chromium() as driver:
        yield driver


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Where events go."""
    with collecting() as started:
        yield started
    assert started.conflicts == []
    assert [request.path for request in started.received if request.method == "OPTIONS"] == []


@pytest.fixture
def site(collector: Collector) -> Iterator[Site]:
    """A site whose pages send there."""
    with site_for(collector.url) as started:
        yield started


@pytest.fixture
def open_tab(browser: webdriver.Chrome) -> Iterator[OpenTab]:
    """Opens tabs, which are closed when the test is over."""
    blank = browser.window_handles[0]
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # what others were told is read, and so forgotten
    yield lambda: Tab(browser)
    for handle in browser.window_handles:
        if handle != blank:
            browser.switch_to.window(handle)
            browser.close()
    browser.switch_to.window(blank)


@pytest.fixture
def tab(open_tab: OpenTab) -> Tab:
    """A tab."""
    return open_tab()
