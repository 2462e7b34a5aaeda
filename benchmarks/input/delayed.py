"""Visits of which some arrive late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import heappop, heappush
from random import Random

from .visits import Event

_DAY = 86_400


def delayed(events: Iterable[Event], share: float = 0.1, seed: int = 11) -> Iterator[Event]:
    """Events that are in order of time, in an order in which a share of them arrives up to a day too late."""
    random = Random(seed)
    under_way: list[tuple[float, int, Event]] = []
    for number, event in enumerate(events):
        moment = datetime.fromisoformat(event["time"]).timestamp()
        while under_way and under_way[0][0] <= moment:
            yield heappop(under_way)[2]
        if random.random() < share:
            heappush(under_way, (moment + random.uniform(0, _DAY), number, event))
        else:
            yield event
    while under_way:
        yield heappop(under_way)[2]
