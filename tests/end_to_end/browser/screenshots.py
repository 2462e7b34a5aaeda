"""`python -m tests.end_to_end.browser.screenshots`: the picture of `make shop` that the README shows."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import Tab, chromium

IMAGES = Path(__file__).parents[3] / "docs/images"
SHOWN = "return [...document.querySelectorAll('#events b')].map(line => line.textContent)"


def main() -> None:
    """Visit the shop, and keep what it looks like."""
    with tempfile.TemporaryDirectory() as folder, chromium() as driver:
        command = [sys.executable, "-m", "footfall.doors.samples.shop_site", "--port", "8080"]
        shop = subprocess.Popen(
            [*command, "--database", f"sqlite:///{folder}/shop.db"], stdout=subprocess.PIPE, text=True
        )
        try:
            assert shop.stdout is not None
            shop.stdout.readline()
            driver.set_window_size(1100, 780)
            _visit(Tab(driver).open("http://127.0.0.1:8080/"))
            IMAGES.mkdir(exist_ok=True)
            driver.save_screenshot(str(IMAGES / "shop.png"))
        finally:
            shop.terminate()
            shop.communicate()


def _visit(tab: Tab) -> None:
    tab.wait_for("document.querySelector('#state').textContent === 'live'")
    assert eventually(lambda: "page.visit" in tab.js(SHOWN))
    tab.point_at(tab.find(".banner"))
    tab.driver.execute_async_script("setTimeout(arguments[0], 1200)")
    tab.click("nav a[href='/teas']")
    tab.click(".product button")
    tab.find("input[type=email]").send_keys("you@shop.example")
    tab.click("form button")
    tab.click("#entries")
    expected = {"banner.hover", "product.addToCart", "form.submit", "entries.count"}
    assert eventually(lambda: set(tab.js(SHOWN)) >= expected)


if __name__ == "__main__":
    main()
