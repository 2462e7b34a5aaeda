"""Reads of a customer with 100,000 events beside the same reads of one with 10: what is asked for is what is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from statistics import median
from time import perf_counter
from typing import NamedTuple

import footfall

from ..harness import planner
from ..harness.measure import Row, Scope, at_most, check, times
from ..harness.stores import Store
from ..input.feed import feed
from ..input.visits import Event, page_visits

TARGET = 2.0
PATIENCE_SECONDS = 20.0
PAGE = 20


class Customer(NamedTuple):
    """A customer, and when the fourth of its events happened."""

    uuid: str
    fourth: str


Ask = Callable[[footfall.Engine, Customer], object]

QUESTIONS: dict[str, Ask] = {
    "profile": lambda engine, who: engine.profile(who.uuid),
    "profile as of the first four events": lambda engine, who: engine.profile(who.uuid, as_of=who.fourth),
    f"{PAGE} page visits": lambda engine, who: engine.page_visits(who.uuid, limit=PAGE, fresh=False),
    f"{PAGE} of the timeline": lambda engine, who: engine.timeline(who.uuid, limit=PAGE),
    f"{PAGE} sessions": lambda engine, who: engine.sessions(who.uuid, limit=PAGE, fresh=False),
    f"{PAGE} rows": lambda engine, who: engine.rows("page_visits", customer=who.uuid, limit=PAGE, fresh=False),
}


def run(store: Store, scope: Scope) -> list[Row]:
    """Fill one store with the three customers among others, then ask each question of them in turn."""
    many, rounds = scope.size(100_000, 20_000), 200 if scope.quick else 1_000
    with store.fresh() as url, footfall.open(url) as engine:
        feed(engine, page_visits(2_000))
        few, in_order = _customer(engine, page_visits(10, customers=1, seed=1)), page_visits(many, customers=1, seed=2)
        large = [_customer(engine, in_order), _customer(engine, _shuffled(page_visits(many, customers=1, seed=3)))]
        planner.gather(url)
        measured = {what: _ask(engine, ask, [few, *large], rounds) for what, ask in QUESTIONS.items()}
        check(engine)
    return [row for what, latencies in measured.items() for row in _rows(what, many, latencies)]


def _shuffled(events: Iterable[Event]) -> list[Event]:
    found = list(events)
    Random(5).shuffle(found)
    return found


def _customer(engine: footfall.Engine, events: Iterable[Event]) -> Customer:
    sent = list(events)
    feed(engine, sent)
    return Customer(sent[0]["uuid"], sorted(event["time"] for event in sent)[3])


def _ask(engine: footfall.Engine, ask: Ask, customers: list[Customer], rounds: int) -> list[float]:
    latencies: list[list[float]] = [[] for _ in customers]
    deadline = perf_counter() + PATIENCE_SECONDS
    while len(latencies[-1]) < rounds and perf_counter() < deadline:
        for customer, taken in zip(customers, latencies, strict=True):
            began = perf_counter()
            ask(engine, customer)
            taken.append(perf_counter() - began)
    return list(map(median, latencies))


def _rows(what: str, many: int, latencies: list[float]) -> list[Row]:
    few, *large = latencies
    rows = [Row(f"{what}, of a customer with 10 events", f"{few * 1_000:.3f} ms")]
    for how, latency in zip(("in order", "shuffled"), large, strict=True):
        ratio = latency / few
        figure = f"{latency * 1_000:.3f} ms"
        rows.append(Row(f"  with {many:,}, {how}", figure, times(ratio, "the first"), at_most(ratio, TARGET)))
    return rows
