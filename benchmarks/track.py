"""Tracking one by one: how long each call takes until its event is durable, beside the naive way."""

from __future__ import annotations

from statistics import mean
from time import perf_counter

import footfall

from . import naive
from .measure import Broken, Row, Scope, check, percentiles, rate, seconds, times
from .stores import Store
from .visits import Event, page_visits


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure both in turn, so many times; the latencies of all repetitions are taken together."""
    events = list(page_visits(scope.size(2_000, 500)))
    engine: list[float] = []
    baseline: list[float] = []
    for _ in range(scope.repeat):
        baseline += _naive(store, events)
        engine += _engine(store, events)
    ratio = mean(baseline) / mean(engine)
    return [
        Row("naive: the library as its docs use it", rate(1 / mean(baseline))),
        Row("", percentiles(baseline)),
        Row("engine.track", rate(1 / mean(engine)), times(ratio, "naive")),
        Row("", percentiles(engine)),
    ]


def _naive(store: Store, events: list[Event]) -> list[float]:
    latencies: list[float] = []
    with store.fresh() as url, naive.open_naive(url) as application:
        seconds(lambda: latencies.extend(naive.track_all(application, events)))
    return latencies


def _engine(store: Store, events: list[Event]) -> list[float]:
    latencies: list[float] = []
    with store.fresh() as url, footfall.open(url) as engine:
        seconds(lambda: latencies.extend(_track_all(engine, events)))
        check(engine)
    return latencies


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
