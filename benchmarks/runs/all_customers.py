"""Reads over all customers of a store, and of one that is ten times as large: what is shown is what they may cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from time import process_time
from typing import NamedTuple

import footfall
from footfall.domain.moments import from_datetime

from ..harness import planner
from ..harness.measure import Broken, Row, Scope, at_most, check, times
from ..harness.processors import server_seconds
from ..harness.stores import Store
from ..input.feed import BETWEEN_VIEWS, feed
from ..input.visits import Event, page_visits

TARGET_MS = 300
GROWS_AT_MOST = 1.5
TIMES_AS_LARGE = 10
ONE_IN = 1_000
"""One customer of so many is on the plan gold, half of the others are on the plan silver."""

Ask = Callable[[footfall.Engine], object]

QUESTIONS: dict[str, Ask] = {
    "stats": lambda engine: engine.stats(fresh=False),
    "pages": lambda engine: engine.pages(fresh=False),
    "pages --customers": lambda engine: engine.pages(customers=True, fresh=False),
    "sessions --summary": lambda engine: engine.session_summary(fresh=False),
    "sessions --open, 50 of them": lambda engine: engine.sessions(open_only=True, limit=50, fresh=False),
    "profiles": lambda engine: engine.profiles(fresh=False),
    "profiles, of one customer by its number": lambda engine: engine.profiles({"number": 77}, fresh=False),
    "profiles, of few (gold)": lambda engine: engine.profiles({"plan": "gold"}, fresh=False),
    "profiles, of many (silver)": lambda engine: engine.profiles({"plan": "silver"}, fresh=False),
}


class Cost(NamedTuple):
    """Seconds of processor that a read takes."""

    program: float
    server: float

    @property
    def both(self) -> float:
        """The sum."""
        return self.program + self.server


def run(store: Store, scope: Scope) -> list[Row]:
    """Fill two stores and ask each; `--events` is the size of the larger one."""
    large = scope.size(5_000_000, 50_000)
    sizes = (large // TIMES_AS_LARGE, large)
    small_costs, large_costs = (_filled_and_asked(store, size, scope) for size in sizes)
    rows = []
    for what, small in small_costs.items():
        rows += _rows(what, sizes, small, large_costs[what])
    return rows


def _filled_and_asked(store: Store, size: int, scope: Scope) -> dict[str, Cost]:
    with store.fresh() as url:
        with footfall.open(url) as engine:
            now = from_datetime(fill(engine, size))
        with footfall.open(url, clock=lambda: now) as engine:
            engine.sweep()  # of what is over by then, which background jobs see to elsewhere
            engine.catch_up()
            if scope.quick:
                check(engine)
            planner.gather(url)
            rounds = 3 if scope.quick else 10
            return {what: _cost(engine, url, question, rounds) for what, question in QUESTIONS.items()}


def fill(engine: footfall.Engine, size: int) -> datetime:
    """Take in so many visits, and the plan and the number of each customer; tells when the last visit was."""
    last: list[str] = []
    first_seen: dict[str, str] = {}

    def noted(visits: Iterable[Event]) -> Iterator[Event]:
        for visit in visits:
            first_seen.setdefault(visit["uuid"], visit["time"])
            last[:] = [visit["time"]]
            yield visit

    feed(engine, noted(page_visits(size)))
    updates = [
        {"uuid": uuid, "attributes": {"plan": _plan(number), "number": number}, "time": time}
        for number, (uuid, time) in enumerate(first_seen.items())
    ]
    for first in range(0, len(updates), BETWEEN_VIEWS):
        results = engine.update_many(updates[first : first + BETWEEN_VIEWS])
        if any(result.status is not footfall.Status.ACCEPTED for result in results):
            raise Broken("an update was not accepted")
    return datetime.fromisoformat(last[0])


def _plan(number: int) -> str:
    return "gold" if number % ONE_IN == 0 else "silver" if number % 2 else "free"


def _cost(engine: footfall.Engine, url: str, question: Ask, rounds: int) -> Cost:
    question(engine)  # then the database has in memory what it needs
    server, program = server_seconds(url), process_time()
    for _ in range(rounds):
        question(engine)
    program = process_time() - program
    return Cost(program / rounds, (server_seconds(url) - server) / rounds)


def _rows(what: str, sizes: tuple[int, int], small: Cost, large: Cost) -> list[Row]:
    ratio = large.both / small.both
    return [
        Row(f"{what}, of {sizes[0]:,} events", _shown(small)),
        Row(f"  of {sizes[1]:,}", _shown(large), "", at_most(large.both * 1_000, TARGET_MS)),
        Row("  which is", "", times(ratio, "the first"), at_most(ratio, GROWS_AT_MOST)),
    ]


def _shown(cost: Cost) -> str:
    return f"{cost.both * 1_000:.1f} ms: program {cost.program * 1_000:.1f}, server {cost.server * 1_000:.1f}"
