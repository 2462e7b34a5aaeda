"""One customer who comes every hour, and what of it arrives late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from footfall.doors.bench.visits import made_up_id

from .visits import Event

_FIRST = datetime(1980, 1, 1, tzinfo=UTC)
"""Long ago: 300,000 hours later is past, too, and what lies in the future would become one session of today."""
CUSTOMER = str(UUID(int=1, version=4))


def hourly(count: int, since: int = 0) -> list[Event]:
    """`count` visits in order of time, an hour apart and so each a session, from the hour `since` on."""
    random = Random(since)
    return [_visit(random, hour) for hour in range(since, since + count)]


def anywhere(count: int, hours: int, seed: int) -> Iterator[Event]:
    """`count` visits at any moments of so many hours: they prolong sessions, join two, or fall between."""
    random = Random(f"late {seed}")  # the ids are none of `hourly`
    for _ in range(count):
        yield _visit(random, random.uniform(0, hours))


def _visit(random: Random, hour: float) -> Event:
    return {
        "uuid": CUSTOMER,
        "action": "page.visit",
        "params": {"url": f"https://www.teashop.example/catalogue/{random.randrange(2_000)}", "title": "Tea"},
        "time": (_FIRST + timedelta(hours=hour)).isoformat(),
        "event_id": made_up_id(random),
    }
