"""What a page has sent, once it has."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.contracts.subscription.following import eventually
from tests.end_to_end.browser.chromium import Tab
from tests.end_to_end.browser.collector import Collector

Visits = list[tuple[str, str]]


def visits(collector: Collector) -> Visits:
    """The visited paths, with their titles."""
    return [("/" + params["url"].split("/", 3)[3], params["title"]) for params in collector.params("page.visit")]


def seen(tab: Tab, collector: Collector, number: int = 1) -> Visits:
    """The visits, once there are so many and whatever was recorded until now has come."""
    assert eventually(lambda: len(visits(collector)) >= number), visits(collector)
    flushed(tab, collector)
    return visits(collector)


def flushed(tab: Tab, collector: Collector) -> None:
    """Wait until all that the page has recorded so far is stored."""
    mark = str(uuid4())
    tab.js("footfall.track('test.ended', {mark: arguments[0]}); footfall.flush()", mark)
    assert eventually(lambda: {"mark": mark} in collector.params("test.ended"))


def outbox(tab: Tab) -> list[str]:
    """The names of what waits in the browser's storage."""
    kept: list[str] = tab.js("return Object.keys(localStorage).filter(name => /^footfall:[^:]*:e/.test(name))")
    return kept


def is_emptied(tab: Tab) -> bool:
    """Whether the answers come that empty it."""
    return eventually(lambda: outbox(tab) == [])


def moment(event: dict[str, Any]) -> float:
    """The time of an event in seconds."""
    return datetime.fromisoformat(event["time"]).timestamp()
