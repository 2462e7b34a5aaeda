"""Visits that are hours apart, each of which opens a session, beside the usual ones, of which a fifth do."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import footfall

from ..harness.measure import Row, Scope, at_most, check, rate, times
from ..harness.processors import Spent, server_seconds
from ..harness.stores import Store
from ..input.apart import VISITS_A_CUSTOMER, apart
from ..input.feed import feed
from ..input.visits import Event, page_visits

TARGET = 1.8
"""What a visit shall take of processors at most, in visits of the usual input."""


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure both in turn, so many times, each on a store of its own."""
    count = scope.size(600_000, 30_000)
    inputs = {"usual": page_visits, "apart": apart}
    spent: dict[str, list[Spent]] = {name: [] for name in inputs}
    for _ in range(scope.repeat):
        for name, visits in inputs.items():
            spent[name].append(_spent(store, visits(count)))
    return _rows({name: Spent(*map(median, zip(*own, strict=True))) for name, own in spent.items()}, count)


def _spent(store: Store, visits: Iterator[Event]) -> Spent:
    with store.fresh() as url, footfall.open(url) as engine:
        before = server_seconds(url)
        fed = feed(engine, visits)
        server = server_seconds(url) - before
        check(engine)
    return Spent(fed.both, fed.processor, server)


def _rows(spent: dict[str, Spent], count: int) -> list[Row]:
    usual, hours_apart = spent["usual"], spent["apart"]
    dearer = hours_apart.processors / usual.processors
    return [
        Row(f"{count:,} visits of the usual input, log and views current", _figure(usual, count)),
        Row(f"as many, {VISITS_A_CUSTOMER} a customer and each a session of its own", _figure(hours_apart, count)),
        Row("", "", times(dearer, "the processor time of a usual one"), at_most(dearer, TARGET)),
    ]


def _figure(spent: Spent, count: int) -> str:
    return f"{rate(count / spent.elapsed)}, {spent.shown(count)}"
