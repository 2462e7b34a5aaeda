"""Profiles: what reading one costs when a customer has 100,000 events, 1,000 or 10."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from time import perf_counter

import footfall

from ..harness import planner
from ..harness.measure import Broken, Row, Scope, at_most, check, times
from ..harness.stores import Store
from ..input.feed import feed
from ..input.visits import page_visits

TARGET = 1.5
PATIENCE_SECONDS = 20.0
ONE_BY_ONE = 16
"""The last events of a customer come one by one, as they do in life, so that a read finds some after the snapshot."""


def run(store: Store, scope: Scope) -> list[Row]:
    """Fill one store with the three customers among others, then read their profiles in turn."""
    sizes = [10, 1_000, scope.size(100_000, 20_000)]
    rounds = 500 if scope.quick else 2_000
    with store.fresh() as url, footfall.open(url) as engine:
        planner.withhold(url)
        feed(engine, page_visits(2_000))
        customers = [_customer(engine, size, seed) for seed, size in enumerate(sizes, 1)]
        early = _read(engine, customers, rounds)
        planner.gather(url)
        late = _read(engine, customers, rounds)
        _compare(engine, customers, sizes)
        check(engine)
    return [*_rows(sizes, early, "no statistics yet", early[0]), *_rows(sizes, late, "statistics gathered", early[0])]


def _customer(engine: footfall.Engine, size: int, seed: int) -> str:
    events = list(page_visits(size, customers=1, seed=seed))
    bulk = max(0, size - ONE_BY_ONE)
    feed(engine, events[:bulk])
    for event in events[bulk:]:
        engine.track_many([event])
    customer: str = events[0]["uuid"]
    return customer


def _read(engine: footfall.Engine, customers: Sequence[str], rounds: int) -> list[float]:
    latencies: list[list[float]] = [[] for _ in customers]
    deadline = perf_counter() + PATIENCE_SECONDS
    while len(latencies[-1]) < rounds and perf_counter() < deadline:
        for customer, taken in zip(customers, latencies, strict=True):
            began = perf_counter()
            engine.profile(customer)
            taken.append(perf_counter() - began)
    return list(map(median, latencies))


def _compare(engine: footfall.Engine, customers: Sequence[str], sizes: Sequence[int]) -> None:
    for customer, size in zip(customers, sizes, strict=True):
        found = engine.profile(customer).counts["page.visit"]
        if found != size:
            raise Broken(f"a profile counts {found} page visits, not {size}")


def _rows(sizes: Sequence[int], latencies: Sequence[float], when: str, baseline: float) -> list[Row]:
    rows = []
    for size, latency in zip(sizes, latencies, strict=True):
        ratio = latency / baseline
        compared = "" if latency == baseline else times(ratio, "the first")
        target = at_most(ratio, TARGET) if size == sizes[-1] else ""
        rows.append(Row(f"customer with {size:,} events, {when}", f"{latency * 1_000:.3f} ms", compared, target))
    return rows
