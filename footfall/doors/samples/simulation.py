"""A small shop's customers, made up: the same seed gives the same events, in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

from ...domain.moments import DAY, MINUTE, SECOND, iso

_SITE = "https://shop.example"
_REFERRERS = ("https://search.example/?q=tea", "https://news.example/", "https://friends.example/", None, None)
_PRODUCTS = (
    ("T-100", "Green tea", 6.5),
    ("T-110", "Black tea", 5.9),
    ("T-120", "Rooibos", 5.2),
    ("C-200", "Tea cup", 9.0),
    ("C-210", "Tea pot", 24.0),
    ("S-300", "Sampler box", 19.0),
)
_PAGES = (("/", "Home"), ("/tea", "All teas"), ("/pots", "Cups and pots"), ("/about", "About us"))

Event = dict[str, Any]


def simulate(customers: int, seed: int, start: int, days: int) -> Iterator[Event]:
    """Events as senders write them; `start` in µs, UTC. Every action is built in but `cart.add`."""
    random = Random(seed)  # noqa: S311  # made-up customers need no secrets
    events = [event for _ in range(customers) for event in _customer(random, start, days)]
    yield from sorted(events, key=lambda event: (event["time"], event["event_id"]))


def _customer(random: Random, start: int, days: int) -> Iterator[Event]:
    customer = _uuid(random)
    for _ in range(min(12, 1 + int(random.expovariate(0.6)))):
        moment = start + random.randrange(days * DAY)
        yield from _session(random, customer, moment)


def _session(random: Random, customer: str, moment: int) -> Iterator[Event]:
    referrer = random.choice(_REFERRERS)
    path, title = random.choice(_PAGES)
    yield _event(random, customer, moment, "page.visit", _page(path, title, referrer))
    url = _SITE + path
    for _ in range(int(random.expovariate(0.35))):
        moment += random.randrange(4 * SECOND, 6 * MINUTE)
        for action, params in _step(random, url):
            yield _event(random, customer, moment, action, params)
            url = params.get("url", url)
            moment += random.randrange(SECOND)


def _step(random: Random, referrer: str) -> list[tuple[str, Event]]:
    sku, name, price = random.choice(_PRODUCTS)
    url = f"{_SITE}/product/{sku.lower()}"
    kind = random.random()
    if kind < 0.45:
        path, title = random.choice(_PAGES)
        return [("page.visit", _page(path, title, referrer))]
    if kind < 0.80:
        return [
            ("page.visit", {"url": url, "title": name, "referrer": referrer}),
            ("product.view", {"sku": sku, "name": name, "url": url}),
        ]
    if kind < 0.95:
        return [("cart.add", {"sku": sku, "name": name, "quantity": random.randint(1, 3), "price": price})]
    return [("form.submit", {"form": "newsletter", "url": _SITE + "/"})]


def _page(path: str, title: str, referrer: str | None) -> Event:
    page = {"url": _SITE + path, "title": title}
    return page if referrer is None else {**page, "referrer": referrer}


def _event(random: Random, customer: str, moment: int, action: str, params: Event) -> Event:
    return {"uuid": customer, "action": action, "time": iso(moment), "params": params, "event_id": _uuid(random)}


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
