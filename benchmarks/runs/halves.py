"""The two halves of ingest apart: a whole log without views, then all views over that log, each beside its limit."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from statistics import median

import footfall

from ..baselines import bare
from ..harness.measure import Row, Scope, check, rate, seconds, times
from ..harness.stores import Store
from ..input.feed import FEW_A_CALL, feed
from ..input.visits import page_visits


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure both halves and their limits in turn, so many times."""
    count = scope.size(100_000, 20_000)
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        with store.fresh() as url:
            for name, taken in _measured(store, url, count).items():
                rates[name].append(count / taken)
    return _rows({name: median(measured) for name, measured in rates.items()}, count)


def _measured(store: Store, url: str, count: int) -> dict[str, float]:
    with footfall.open(url) as engine:
        taken = {
            "log": feed(engine, page_visits(count), FEW_A_CALL, views=False).log,
            "views": seconds(engine.catch_up),
        }
        check(engine)
    with store.fresh() as empty:
        bare.prepare(empty)
        taken["bare log"] = bare.copy(url, empty, [bare.LOG])
        taken["bare views"] = seconds(partial(bare.scan, url)) + bare.copy(url, empty, bare.VIEWS)
    return taken


def _rows(rates: dict[str, float], count: int) -> list[Row]:
    log, views = rates["log"] / rates["bare log"], rates["views"] / rates["bare views"]
    return [
        Row(f"bare: the log's rows of {count:,} visits by the driver alone", rate(rates["bare log"])),
        Row(f"append alone: {FEW_A_CALL} events a transaction, no views", rate(rates["log"]), times(log, "bare")),
        Row("bare: one read of the log, and the views' last rows by the driver alone", rate(rates["bare views"])),
        Row("projection alone: all views over that log", rate(rates["views"]), times(views, "bare")),
    ]
