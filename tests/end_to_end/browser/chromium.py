"""Debian's Chromium by its own driver: nothing here fetches a browser."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.contracts.subscription.following import eventually

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=900,700"),
]
HOSTS = "--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.localhost 127.0.0.1"


def program(variable: str, *names: str) -> str:
    """Where a program is; without it these tests fail."""
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
    assert found, f"the tests in a browser need {names[0]}: apt-get install chromium chromium-driver"
    return found


@contextmanager
def chromium(preferences: dict[str, Any] | None = None) -> Iterator[webdriver.Chrome]:
    """A browser with a new profile."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("CHROMIUM", "chromium", "google-chrome")
    folder = tempfile.mkdtemp(prefix="footfall-chromium-")
    for flag in (*FLAGS, HOSTS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.add_experimental_option("prefs", preferences or {})
    driver = webdriver.Chrome(options, Service(program("CHROMEDRIVER", "chromedriver")))
    try:
        driver.set_script_timeout(30)
        yield driver
    finally:
        driver.quit()
        shutil.rmtree(Path(folder), ignore_errors=True)


class Tab:
    """A tab of the browser. Selenium brings a tab to the front when it is spoken to."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver
        driver.switch_to.new_window("tab")
        self.handle = driver.current_window_handle

    @property
    def driver(self) -> webdriver.Chrome:
        """The driver, speaking to this tab."""
        if self._driver.current_window_handle != self.handle:
            self._driver.switch_to.window(self.handle)
        return self._driver

    def open(self, url: str) -> Tab:
        """Go to a page, and wait until the tracker is on it."""
        self.driver.get(url)
        self.wait_for("window.footfall && window.footfall.track")
        return self

    def js(self, code: str, *arguments: Any) -> Any:
        """Run a script in the page; what it returns."""
        return self.driver.execute_script(code, *arguments)

    def shows_prerendered(self) -> None:
        """The page that is shown now was prerendered, and brought its own handle along."""
        assert eventually(lambda: self.handle not in self._driver.window_handles), "it was not prerendered"
        self.handle = self._driver.current_window_handle

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true in the page."""
        assert eventually(lambda: bool(self.js(f"return Boolean({expression})"))), expression

    def find(self, selector: str) -> WebElement:
        """An element of the page."""
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def click(self, selector: str) -> None:
        """Click as people do."""
        self.find(selector).click()

    def point_at(self, element: WebElement) -> None:
        """Move the pointer there."""
        ActionChains(self.driver, duration=20).move_to_element(element).perform()

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Pull the plug for a while."""
        self.driver.set_network_conditions(offline=True, latency=0, throughput=1)
        try:
            self.wait_for("!navigator.onLine")
            yield
        finally:
            self.driver.delete_network_conditions()

    @contextmanager
    def latency(self, milliseconds: int) -> Iterator[None]:
        """Be far away for a while."""
        self.driver.set_network_conditions(offline=False, latency=milliseconds, throughput=500_000)
        try:
            yield
        finally:
            self.driver.delete_network_conditions()

    def before_any_page(self, code: str) -> None:
        """Run a script in each page of this tab before the page's own."""
        self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": code})

    def complaints(self) -> list[str]:
        """What the console was told since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Close it as people do."""
        self.driver.close()
        self._driver.switch_to.window(self._driver.window_handles[0])


OpenTab = Callable[[], Tab]
