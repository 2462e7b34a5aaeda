"""Made-up traffic of a web site in the combined log format: the same 10,000 lines in every run.

The addresses are of the ranges kept for documentation and for private networks, so that nobody is in it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

LINES = 10_000
CUT_OFF_AT = 8_731
"""The number of the one line that does not parse: it ends within its user agent."""

_BEGIN = datetime(2024, 5, 14, 10, tzinfo=UTC)
_SECONDS = 84 * 60 * 60
_ADDRESSES = 1_700
_WRITTEN_EVERY_SECONDS = 900
"""Several servers share the log, and hand in what they have so often: within that, lines are in any order."""

_BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile Safari/604.1",
    r"Mozilla/4.0 (compatible; \"Tea Kettle\" 2.0; caf\xe9)",
    r"\"quoted\"",
    r"C:\\tools\\fetch.exe",
    "[brackets] 200 [and] - numbers",
    "-",
)
_BROWSER_WEIGHTS = (30, 40, 25, 3, 1, 1, 1, 3)
_ROBOTS = (
    "Mozilla/5.0 (compatible; ExampleBot/2.1; +http://bot.example/about.html)",
    "TeaSpider/1.0",
    'Feeds of \\"everything\\" 0.3',
)
_SECTIONS = ("blog", "tea", "projects", "articles")
_PAGES = (
    "/",
    *(f"/{section}/" for section in _SECTIONS),
    *(f"/{section}/{n}.html" for section in _SECTIONS for n in range(60)),
    "/feed.xml",
    "/files/notes.txt",
    "/files/server.conf",
    "/tags/black%20tea",
    "/robots.txt.html",
)
_ASSETS = ("/style.css", "/logo.png", "/favicon.ico", "/SITE.JS", "/fonts/serif.woff2", "//images/tea.JPG?v=3")
_DOWNLOADS = ("/files/tea.pdf", "/files/tea.tar.gz", "/files/kettle.jar")
_QUERIES = ("?page=2", "?q=green+tea&sort=%2Fname", "?file=style.css", "?utm_source=feed#top")
_REFERRERS = (
    "http://search.example/?q=green+tea",
    "https://www.site.example/",
    r"http://odd.example/\"quoted\"",
    "android-app://reader.example",
)
_STATUSES = (200, 304, 301, 206, 404, 403, 500)
_STATUS_WEIGHTS = (900, 45, 16, 5, 30, 2, 2)


@dataclass(frozen=True)
class _Request:
    address: str
    moment: datetime
    request: str
    status: int
    referrer: str
    agent: str

    def line(self) -> str:
        moment = self.moment.strftime("%d/%b/%Y:%H:%M:%S %z")
        size = "-" if self.status == 304 else str(1_000 + len(self.request) * 37)
        quoted = f'"{self.request}" {self.status} {size} "{self.referrer}" "{self.agent}"'
        return f"{self.address} - - [{moment}] {quoted}"


def made_up_lines(seed: int = 2024) -> list[str]:
    """The lines of the log, without their ends."""
    rng = random.Random(seed)
    requests = list(islice(_requests(rng), LINES))
    jittered = sorted(requests, key=lambda one: (_written(one.moment), rng.random()))
    lines = [one.line() for one in jittered]
    cut = lines[CUT_OFF_AT - 1]
    lines[CUT_OFF_AT - 1] = cut[: cut.rindex('"')]
    return lines


def _written(moment: datetime) -> int:
    return int((moment - _BEGIN).total_seconds()) // _WRITTEN_EVERY_SECONDS


def _requests(rng: random.Random) -> Iterator[_Request]:
    addresses = _addresses(rng)
    for address in addresses:
        yield from _sitting(rng, address, _browser(rng))
    regulars, robots = addresses[:120], addresses[120:132]
    while True:
        if rng.random() < 0.05:
            yield from _crawl(rng, rng.choice(robots))
        else:
            yield from _sitting(rng, rng.choice(regulars), _browser(rng))


def _addresses(rng: random.Random) -> list[str]:
    documented = [f"{net}.{host}" for net in ("192.0.2", "198.51.100", "203.0.113") for host in range(1, 255)]
    documented += [f"2001:db8::{host:x}" for host in range(1, 100)]
    private = {f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}" for _ in range(2 * _ADDRESSES)}
    addresses = documented + sorted(private)[: _ADDRESSES - len(documented)]
    rng.shuffle(addresses)
    return addresses


def _browser(rng: random.Random) -> str:
    return rng.choices(_BROWSERS, _BROWSER_WEIGHTS)[0]


def _sitting(rng: random.Random, address: str, agent: str) -> Iterator[_Request]:
    """Somebody reads a few pages, with what belongs to them, at a browser that may be anywhere on earth."""
    moment = _BEGIN + timedelta(seconds=rng.randrange(_SECONDS))
    zone = timezone(timedelta(minutes=rng.choice((0, 0, 0, 0, 120, -330))))
    referrer = rng.choice(("-", *_REFERRERS))
    for _ in range(rng.choice((1, 1, 1, 1, 2, 3, 5))):
        moment += timedelta(seconds=rng.choice((0, 5, 61, 400, 1_799, 1_800, 1_801, 4_000)))
        target = rng.choice(_PAGES) + (rng.choice(_QUERIES) if rng.random() < 0.15 else "")
        status = rng.choices(_STATUSES, _STATUS_WEIGHTS)[0]
        page = _Request(address, moment.astimezone(zone), f"GET {target} HTTP/1.1", status, referrer, agent)
        yield page
        if rng.random() < 0.02:
            yield page  # loaded again within the second: the same line, and another visit
        referrer = f"https://www.site.example{target}"
        for asset in rng.sample((*_ASSETS, *_DOWNLOADS), rng.choice((0, 1, 1, 2, 3))):
            later = (moment + timedelta(seconds=rng.randrange(3))).astimezone(zone)
            yield _Request(address, later, f"GET {asset} HTTP/1.1", rng.choice((200, 304)), referrer, agent)


def _crawl(rng: random.Random, address: str) -> Iterator[_Request]:
    """A robot asks what it may read, looks whether pages have changed, tries a form, and speaks an older HTTP."""
    moment, agent = _BEGIN + timedelta(seconds=rng.randrange(_SECONDS)), rng.choice(_ROBOTS)
    wanted = [("GET", "/robots.txt"), ("HEAD", "/"), *(("GET", rng.choice(_PAGES)) for _ in range(12))]
    wanted += rng.sample([("POST", "/search"), ("OPTIONS", "*"), ("HEAD", "/feed.xml"), ("GET", "/ROBOTS.TXT")], 2)
    for method, target in wanted:
        moment += timedelta(seconds=rng.randrange(40))
        yield _Request(address, moment, f"{method} {target} HTTP/1.0", rng.choice((200, 200, 301)), "-", agent)
