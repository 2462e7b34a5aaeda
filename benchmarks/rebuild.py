"""Rebuilds: each view and all of them filled anew from the log, beside a bare read of the same log."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from statistics import median

import footfall

from . import bare
from .feed import feed
from .measure import Row, Scope, check, rate, seconds, times
from .stores import Store
from .visits import page_visits

ALL = "all views"


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure everything so many times, each on a store of its own."""
    events = list(page_visits(scope.size(100_000, 20_000)))
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        rows = 0
        with store.fresh() as url, footfall.open(url) as engine:
            feed(engine, events)
            rows = bare.count(url)
            for name, taken in _measure(url, engine).items():
                rates[name].append(rows / taken)
            check(engine)
    return _rows({name: median(measured) for name, measured in rates.items()}, rows)


def _measure(url: str, engine: footfall.Engine) -> dict[str, float]:
    taken = {"bare": seconds(lambda: bare.scan(url))}
    for projection in engine.status().projections:
        taken[projection.projection] = seconds(partial(engine.rebuild, projection.projection))
    taken[ALL] = seconds(engine.rebuild)
    return taken


def _rows(rates: dict[str, float], rows: int) -> list[Row]:
    limit = rates.pop("bare")
    shown = [Row(f"bare: one read of the {rows:,} rows of the log by the driver alone", rate(limit))]
    shown += [Row(f"rebuild of {name}", rate(one), times(one / limit, "bare")) for name, one in rates.items()]
    return shown
