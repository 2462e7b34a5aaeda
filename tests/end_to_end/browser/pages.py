"""A site of a test's own: its pages, and the tag that puts the tracker on them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from tests.end_to_end.browser.collector import KEY
from tests.end_to_end.browser.serving import Handler, Serving

SLOW = "<!-- slow -->"
"""A page comes as far as this, and the rest after a second."""

_hosts = count()


@dataclass
class Site:
    """Pages by their path. Each site has a host of its own, so that no test finds what another left in the browser."""

    tracker: str
    url: str = ""
    insecure_url: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, body: str = "", *, head: str = "", title: str = "", tag: str = "", key: str = KEY) -> str:
        """Put a page with the tracker there; `tag` is added to the tag's attributes. Its URL."""
        script = f'<script async src="{self.tracker}/footfall.js" data-key="{key}" {tag}></script>'
        head = f"<meta charset=utf-8><title>{title or 'Page ' + path}</title>{head}{script}"
        self.pages[path] = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
        return self.url + path


@contextmanager
def site_for(tracker: str) -> Iterator[Site]:
    """A site whose pages load the tracker from there."""
    site = Site(tracker)

    class Pages(Handler):
        def respond(self) -> None:
            page = site.pages.get(urlsplit(self.path).path)
            body = (page or "There is no such page.").encode()
            headers = {name.replace("-", "_"): value for name, value in site.headers.items()}
            self.answer(404 if page is None else 200, body, Content_Type="text/html; charset=utf-8", **headers)

        def write(self, body: bytes) -> None:
            first, *rest = body.split(SLOW.encode())
            self.wfile.write(first)
            for part in rest:
                time.sleep(1)
                self.wfile.write(SLOW.encode() + part)

    with Serving(Pages) as server:
        name = f"site{next(_hosts)}"
        site.url = f"http://{name}.localhost:{server.port}"
        site.insecure_url = f"http://www.{name}.test:{server.port}"
        yield site
