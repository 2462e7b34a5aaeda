"""Ingest: events a second from decoded input to log and views current, beside the naive way and the bare limit."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

import footfall

from . import bare, naive
from .feed import feed
from .measure import Row, Scope, at_least, check, rate, seconds, times
from .stores import Store
from .visits import Event, page_visits

Rates = dict[str, list[float]]


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure the three in turn, so many times."""
    events = list(page_visits(scope.size(100_000, 20_000)))
    # As many visits a customer, so that the streams it has to replay are as long.
    few = list(page_visits(min(len(events), 500 if scope.quick else 1_500)))
    rates: Rates = defaultdict(list)
    for _ in range(scope.repeat):
        rates["naive"].append(len(few) / _naive(store, few))
        _engine_and_bare(store, events, rates)
    return _rows(store, {name: median(measured) for name, measured in rates.items()}, len(few), len(events))


def _naive(store: Store, events: list[Event]) -> float:
    with store.fresh() as url, naive.open_naive(url) as application:
        return seconds(lambda: naive.track_all(application, events))


def _engine_and_bare(store: Store, events: list[Event], rates: Rates) -> None:
    with store.fresh() as url:
        with footfall.open(url) as engine:
            spent = []
            taken = seconds(lambda: spent.append(feed(engine, events)))
            check(engine)
        stored = bare.read(url)
    with store.fresh() as url:
        bare.prepare(url)
        bare_taken = seconds(lambda: bare.write(url, stored))
    durations = {"engine": taken, "bare": bare_taken, **spent[0]._asdict()}
    for name, duration in durations.items():
        rates[name].append(len(events) / duration)


def _rows(store: Store, rates: dict[str, float], few: int, many: int) -> list[Row]:
    over_naive = rates["engine"] / rates["naive"]
    return [
        Row(f"naive: the library as its docs use it, log only ({few:,} visits)", rate(rates["naive"])),
        Row(f"bare: the engine's rows of {many:,} visits by the driver alone, log only", rate(rates["bare"])),
        Row(
            f"engine: {many:,} visits, log and views current",
            rate(rates["engine"]),
            times(over_naive, "naive"),
            at_least(over_naive, store.naive_target),
        ),
        Row("", "", times(rates["engine"] / rates["bare"], "bare")),
        Row("  of that, into the log", rate(rates["log"]), times(rates["log"] / rates["bare"], "bare")),
        Row("  of that, into the views", rate(rates["views"])),
        Row("  processor time of the program alone", f"{1_000_000 / rates['processor']:.0f} µs a visit"),
    ]
