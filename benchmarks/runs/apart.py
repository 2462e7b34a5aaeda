"""Visits that are hours apart, each of which opens a session, beside the usual ones, of which a fifth do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from statistics import median
from typing import NamedTuple

import footfall

from ..harness.measure import Row, Scope, at_most, check, rate, times
from ..harness.processors import server_seconds
from ..harness.stores import Store
from ..input.apart import VISITS_A_CUSTOMER, apart
from ..input.feed import feed
from ..input.visits import Event, page_visits

TARGET = 1.8
"""What a visit shall take of processors at most, in visits of the usual input."""


class Cost(NamedTuple):
    """Seconds a visit: by the clock, and of the processors of the program and of the server."""

    elapsed: float
    program: float
    server: float


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure both in turn, so many times, each on a store of its own."""
    count = scope.size(600_000, 30_000)
    inputs = {"usual": page_visits, "apart": apart}
    costs: dict[str, list[Cost]] = {name: [] for name in inputs}
    for _ in range(scope.repeat):
        for name, visits in inputs.items():
            costs[name].append(_cost(store, visits, count))
    return _rows({name: Cost(*map(median, zip(*own, strict=True))) for name, own in costs.items()}, count)


def _cost(store: Store, visits: Callable[[int], Iterator[Event]], count: int) -> Cost:
    with store.fresh() as url, footfall.open(url) as engine:
        before = server_seconds(url)
        spent = feed(engine, visits(count))
        server = server_seconds(url) - before
        check(engine)
    return Cost(spent.both / count, spent.processor / count, server / count)


def _rows(costs: dict[str, Cost], count: int) -> list[Row]:
    usual, hours_apart = costs["usual"], costs["apart"]
    dearer = (hours_apart.program + hours_apart.server) / (usual.program + usual.server)
    return [
        Row(f"{count:,} visits of the usual input, log and views current", _processors(usual)),
        Row(f"as many, {VISITS_A_CUSTOMER} a customer and each a session of its own", _processors(hours_apart)),
        Row("", "", times(dearer, "the processor time of a usual one"), at_most(dearer, TARGET)),
    ]


def _processors(cost: Cost) -> str:
    program, server = round(cost.program * 1_000_000), round(cost.server * 1_000_000)
    return f"{rate(1 / cost.elapsed)}, {program} µs of the program's processor each, {server} of the server's"
