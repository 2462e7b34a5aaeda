"""Ingest: events a second from decoded input to log and views current, beside the library and the bare limit."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from statistics import median

import footfall
from footfall.application.ingest.ingest import BATCH

from ..baselines import bare, best, naive
from ..harness.measure import Row, Scope, at_least, check, rate, seconds, times
from ..harness.stores import Store
from ..input.feed import BETWEEN_VIEWS, FEW_A_CALL, feed
from ..input.visits import Event, page_visits

Rates = dict[str, list[float]]


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure the four in turn, so many times. The library's have as many visits a customer, so that the streams that
    they replay are as long."""
    events = scope.size(100_000, 20_000)
    few = list(page_visits(min(events, 500 if scope.quick else 1_500)))
    some = list(page_visits(min(events, 5_000 if scope.quick else 20_000)))
    rates: Rates = defaultdict(list)
    for _ in range(scope.repeat):
        rates["naive"].append(len(few) / _naive(store, few))
        rates["best"].append(len(some) / _best(store, some))
        _engine_and_bare(store, events, FEW_A_CALL, rates)
        _engine_and_bare(store, events, BETWEEN_VIEWS, rates, "import: ")
    medians = {name: median(measured) for name, measured in rates.items()}
    return _rows(store, medians, [f"{number:,} visits" for number in (len(few), len(some), events)])


def _naive(store: Store, events: list[Event]) -> float:
    with store.fresh() as url, naive.open_naive(url) as application:
        return seconds(partial(naive.track_all, application, events))


def _best(store: Store, events: list[Event]) -> float:
    with store.fresh() as url, best.open_best(url) as application:
        return seconds(partial(best.track_all, application, events))


def _engine_and_bare(store: Store, events: int, at_once: int, rates: Rates, kind: str = "") -> None:
    with store.fresh() as url:
        with footfall.open(url) as engine:
            spent = feed(engine, page_visits(events), at_once)
            check(engine)
        with store.fresh() as empty:
            bare.prepare(empty)
            taken = bare.copy(url, empty, [bare.LOG], min(at_once, BATCH))
    for name, duration in {"engine": spent.both, "bare": taken, **spent._asdict()}.items():
        rates[kind + name].append(events / duration)


def _rows(store: Store, rates: dict[str, float], sizes: list[str]) -> list[Row]:
    over_naive, of_bare = rates["engine"] / rates["naive"], rates["engine"] / rates["bare"]
    imported, limit = rates["import: engine"], rates["import: bare"]
    few, some, many = sizes
    return [
        Row(f"naive: the library as its docs use it, log only ({few})", rate(rates["naive"])),
        Row(
            f"best: the library at its best settings, {FEW_A_CALL} events a save, log only ({some})",
            rate(rates["best"]),
            times(rates["best"] / rates["naive"], "naive"),
        ),
        Row(f"bare: the engine's rows of {many} by the driver alone, {FEW_A_CALL} a commit", rate(rates["bare"])),
        Row(
            f"engine: {many}, {FEW_A_CALL} a call, log and views current",
            rate(rates["engine"]),
            times(over_naive, "naive"),
            at_least(over_naive, store.naive_target),
        ),
        Row("", "", times(of_bare, "bare"), at_least(of_bare, store.bare_target)),
        Row("", "", times(rates["engine"] / rates["best"], "best")),
        Row("  of that, into the log", rate(rates["log"]), times(rates["log"] / rates["bare"], "bare")),
        Row("  of that, into the views", rate(rates["views"])),
        Row("  processor time of the program alone", f"{1_000_000 / rates['processor']:.0f} µs a visit"),
        Row(f"bare: the same, {BATCH:,} a commit", rate(limit)),
        Row(
            f"engine: the same, {BETWEEN_VIEWS:,} a call, up to {BATCH:,} a commit",
            rate(imported),
            times(imported / limit, "bare"),
        ),
        Row("", "", times(imported / rates["engine"], f"{FEW_A_CALL} a call")),
    ]
