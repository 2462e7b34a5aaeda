"""Rebuilds: each view and all of them filled anew from the log, beside a bare read of the same log."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from statistics import median

import footfall

from ..baselines import bare
from ..harness.measure import Row, Scope, at_least, check, rate, seconds, times
from ..harness.stores import Store
from ..input.feed import feed
from ..input.visits import page_visits

ALL = "all views"
BY_TWO = "all views, two processes"
ENOUGH = 150_000
"""So many rows a second are enough on PostgreSQL, whatever share of a bare read they are."""

OF_BARE = 0.15
TARGET_OF_TWO = 0.25
"""Of a bare read."""


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure everything so many times, each on a store of its own."""
    events = list(page_visits(scope.size(300_000, 20_000)))
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        rows = 0
        with store.fresh() as url, footfall.open(url) as engine:
            feed(engine, events)
            rows = bare.count(url)
            for name, taken in _measure(url, engine, store.many_writers).items():
                rates[name].append(rows / taken)
            check(engine)
    return _rows(store, {name: median(measured) for name, measured in rates.items()}, rows)


def _measure(url: str, engine: footfall.Engine, several: bool) -> dict[str, float]:
    taken = {"bare": seconds(lambda: bare.scan(url))}
    for projection in engine.status().projections:
        taken[projection.projection] = seconds(partial(engine.rebuild, projection.projection))
    taken[ALL] = seconds(engine.rebuild)
    if several:
        taken[BY_TWO] = seconds(partial(engine.rebuild, workers=2, fork=True))
    return taken


def _rows(store: Store, rates: dict[str, float], rows: int) -> list[Row]:
    limit, one = rates.pop("bare"), rates[ALL]
    by_two = rates.pop(BY_TWO, None)
    shown = [Row(f"bare: one read of the {rows:,} rows of the log by the driver alone", rate(limit))]
    shown += [Row(f"rebuild of {name}", rate(each), times(each / limit, "bare")) for name, each in rates.items()]
    enough = one >= ENOUGH and store.many_writers
    shown[-1] = shown[-1]._replace(target=f"at least {ENOUGH:,}: reached" if enough else at_least(one / limit, OF_BARE))
    if by_two is not None:
        of_bare = by_two / limit
        shown.append(
            Row(f"rebuild of {BY_TWO}", rate(by_two), times(of_bare, "bare"), at_least(of_bare, TARGET_OF_TWO))
        )
        shown.append(Row("", "", times(by_two / one, "one process")))
    return shown
