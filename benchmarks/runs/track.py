"""Tracking one by one, and from many threads: how long until an event is durable, beside the naive way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from statistics import mean, median
from time import perf_counter

import footfall

from ..baselines import bare, naive
from ..harness.measure import Broken, Row, Scope, at_least, check, percentiles, rate, seconds, times
from ..harness.stores import Store
from ..input.visits import Event, page_visits

THREADS = 32

ONE_BY_ONE_TARGET = 2.5
THREADS_TARGETS = {"PostgreSQL": 15.0, "SQLite": 10.0}


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure all in turn, so many times; the latencies of all repetitions are taken together."""
    events = list(page_visits(scope.size(2_000, 500)))
    many = list(page_visits(10 * len(events)))
    engine: list[float] = []
    baseline: list[float] = []
    threads: list[float] = []
    limit: list[float] = []
    for _ in range(scope.repeat):
        baseline += _naive(store, events)
        latencies, bare_latency = _engine_and_bare(store, events)
        engine += latencies
        limit.append(bare_latency)
        threads.append(_engine_of_threads(store, many) / len(many))
    ratio, shared = mean(baseline) / mean(engine), mean(baseline) / median(threads)
    return [
        Row("naive: the library as its docs use it", rate(1 / mean(baseline))),
        Row("", percentiles(baseline)),
        Row(
            "bare: the engine's rows by the driver alone, one a commit",
            rate(1 / median(limit)),
            times(mean(baseline) / median(limit), "naive"),
        ),
        Row(
            "engine.track",
            rate(1 / mean(engine)),
            times(ratio, "naive"),
            at_least(ratio, ONE_BY_ONE_TARGET),
        ),
        Row("", percentiles(engine)),
        Row(
            f"engine.track, {THREADS} threads, {len(many):,} visits",
            rate(1 / median(threads)),
            times(shared, "naive"),
            at_least(shared, THREADS_TARGETS[store.name]),
        ),
    ]


def _naive(store: Store, events: list[Event]) -> list[float]:
    latencies: list[float] = []
    with store.fresh() as url, naive.open_naive(url) as application:
        seconds(lambda: latencies.extend(naive.track_all(application, events)))
    return latencies


def _engine_and_bare(store: Store, events: list[Event]) -> tuple[list[float], float]:
    """The latencies of the engine, and how long the driver alone needs on average for a row of those that it wrote."""
    latencies: list[float] = []
    with store.fresh() as url, store.fresh() as empty:
        with footfall.open(url) as engine:
            seconds(lambda: latencies.extend(_track_all(engine, events)))
            check(engine)
        bare.prepare(empty)
        taken = bare.copy(url, empty, [bare.LOG], batch=1)
        return latencies, taken / bare.count(empty)


def _engine_of_threads(store: Store, events: list[Event]) -> float:
    with store.fresh() as url, footfall.open(url) as engine, ThreadPoolExecutor(THREADS) as threads:
        # Each customer is served by one thread, so that its events come in their order.
        customers = sorted({event["uuid"] for event in events})
        owner = {customer: number % THREADS for number, customer in enumerate(customers)}
        shares = [[event for event in events if owner[event["uuid"]] == number] for number in range(THREADS)]
        taken = seconds(lambda: list(threads.map(lambda share: _track_all(engine, share), shares)))
        check(engine)
    return taken


def _track_all(engine: footfall.Engine, events: list[Event]) -> list[float]:
    latencies = []
    for event in events:
        began = perf_counter()
        result = engine.track(
            event["uuid"], event["action"], event["params"], time=event["time"], event_id=event["event_id"]
        )
        latencies.append(perf_counter() - began)
        if result.status is not footfall.Status.ACCEPTED:
            raise Broken(f"an event was {result.status}: {result.detail}")
    return latencies
