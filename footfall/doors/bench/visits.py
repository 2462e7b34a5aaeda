"""Input: page visits of a made-up shop as senders write them, in order of time; the same seed, the same visits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import heapify, heapreplace
from random import Random
from typing import Any
from uuid import UUID

Event = dict[str, Any]

BEGINNING = datetime(2025, 3, 3, tzinfo=UTC)
EVENTS_A_CUSTOMER = 10
_WEEK = 7 * 86_400
_VISITS_A_SESSION = 5
_STAYS, _AWAY = (4, 300), (3_600, _WEEK)
"""Seconds, from and to: from visit to visit, and between sessions."""
_A_VISIT = timedelta(seconds=1.1 * ((_VISITS_A_SESSION - 1) * sum(_STAYS) + sum(_AWAY)) / 2 / _VISITS_A_SESSION)
"""So long a customer takes for each: a tenth more than on average, for some take longer."""
_YEAR = timedelta(days=365)
_SITE = "https://www.teashop.example"
_SOURCES = ("newsletter-spring", "search-engine-ads", "friends-of-tea", "social-media-post")
_KINDS = ("green-tea", "black-tea", "white-tea", "rooibos", "herbal-infusion", "tea-pots", "tea-cups", "gift-sets")
_PAGES = [
    (
        f"{_SITE}/catalogue/{kind}/product-{number:04}-from-the-first-harvest-of-the-year",
        f"Product {number:04} from the first harvest of the year, {kind} | Tea Shop",
    )
    for number in range(250)
    for kind in _KINDS
]


def page_visits(count: int, customers: int | None = None, seed: int = 7) -> Iterator[Event]:
    """`count` visits, of about ten visits a customer in sessions of about five; nothing is held but the customers.

    Few customers, who come for more than a year, began the longer ago, for what lies in the future is no visit yet.
    """
    random = Random(seed)  # noqa: S311  # made-up visits need no secrets
    uuids = [made_up_id(random) for _ in range(customers or max(1, count // EVENTS_A_CUSTOMER))]
    beginning = BEGINNING - max(timedelta(0), count / len(uuids) * _A_VISIT - _YEAR)
    due = [(random.uniform(0, _WEEK), number, "") for number in range(len(uuids))]
    heapify(due)
    for _ in range(count):
        seconds, number, came_from = due[0]
        event = _visit(random, uuids[number], beginning + timedelta(seconds=seconds), came_from)
        yield event
        stays = random.random() > 1 / _VISITS_A_SESSION
        pause = random.uniform(*(_STAYS if stays else _AWAY))
        heapreplace(due, (seconds + pause, number, event["params"]["url"] if stays else ""))


def _visit(random: Random, customer: str, moment: datetime, came_from: str) -> Event:
    url, title = random.choice(_PAGES)
    if not came_from:
        url = f"{url}?utm_source={random.choice(_SOURCES)}"
    return {
        "uuid": customer,
        "action": "page.visit",
        "params": {"url": url, "title": title, "referrer": came_from or "https://search.example/?q=loose-leaf-tea"},
        "time": moment.isoformat(),
        "event_id": made_up_id(random),
    }


def made_up_id(random: Random) -> str:
    """The text of a UUID of version 4."""
    return str(UUID(int=random.getrandbits(128), version=4))
