"""Late events: a tenth of the input arrives up to a day after its time, beside the same events in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import heappop, heappush
from random import Random
from statistics import median

import footfall

from ..harness.measure import Row, Scope, at_least, check, rate, times
from ..harness.stores import Store
from ..input.feed import feed
from ..input.visits import Event, page_visits

TARGET = 0.7
SHARE_LATE = 0.1
_DAY = 86_400


def delayed(events: Iterable[Event], seed: int = 11) -> Iterator[Event]:
    """Events that are in order of time, in an order in which a tenth of them arrives up to a day too late."""
    random = Random(seed)
    under_way: list[tuple[float, int, Event]] = []
    for number, event in enumerate(events):
        moment = datetime.fromisoformat(event["time"]).timestamp()
        while under_way and under_way[0][0] <= moment:
            yield heappop(under_way)[2]
        if random.random() < SHARE_LATE:
            heappush(under_way, (moment + random.uniform(0, _DAY), number, event))
        else:
            yield event
    while under_way:
        yield heappop(under_way)[2]


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure both in turn, so many times, each on a store of its own."""
    count = scope.size(100_000, 20_000)
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        for name, arrange in (("in order", iter), ("late", delayed)):
            with store.fresh() as url, footfall.open(url) as engine:
                spent = feed(engine, arrange(page_visits(count)))
                check(engine)
            for part, taken in {name: spent.both, f"{name}, log": spent.log, f"{name}, views": spent.views}.items():
                rates[part].append(count / taken)
    return _rows({name: median(measured) for name, measured in rates.items()}, count)


def _rows(rates: dict[str, float], count: int) -> list[Row]:
    kept = rates["late"] / rates["in order"]
    rows = [Row(f"{count:,} visits in order of time, log and views current", rate(rates["in order"]))]
    rows.append(Row("a tenth of them late", rate(rates["late"]), times(kept, "in order"), at_least(kept, TARGET)))
    for part in ("log", "views"):
        late, in_order = rates[f"late, {part}"], rates[f"in order, {part}"]
        rows.append(Row(f"  of that, into the {part}", rate(late), times(late / in_order, "in order")))
    return rows
