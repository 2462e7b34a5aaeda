"""Late events: a tenth of the input arrives up to a day after its time, beside the same events in order; and events
anywhere among very many sessions of one customer, beside the next ones in order."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

import footfall

from ..harness.measure import Row, Scope, at_least, at_most, check, rate, times
from ..harness.stores import Store
from ..input.delayed import delayed
from ..input.feed import Fed, feed, step
from ..input.one_customer import anywhere, hourly
from ..input.visits import page_visits

TARGET = 0.8
COST_TARGET = 3
"""What an event costs wherever it falls, in events that are the customer's newest."""
BATCHES = 8


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure both in turn, so many times, each on a store of its own."""
    count = scope.size(100_000, 20_000)
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        for name, arrange in (("in order", iter), ("late", delayed)):
            with store.fresh() as url, footfall.open(url) as engine:
                spent = feed(engine, arrange(page_visits(count)))
                check(engine)
            for part, taken in {name: spent.both, f"{name}, log": spent.log, f"{name}, views": spent.views}.items():
                rates[part].append(count / taken)
    return _rows({name: median(measured) for name, measured in rates.items()}, count) + _one_customer(store, scope)


def _rows(rates: dict[str, float], count: int) -> list[Row]:
    kept = rates["late"] / rates["in order"]
    rows = [Row(f"{count:,} visits in order of time, log and views current", rate(rates["in order"]))]
    rows.append(Row("a tenth of them late", rate(rates["late"]), times(kept, "in order"), at_least(kept, TARGET)))
    for part in ("log", "views"):
        late, in_order = rates[f"late, {part}"], rates[f"in order, {part}"]
        rows.append(Row(f"  of that, into the {part}", rate(late), times(late / in_order, "in order")))
    return rows


def _one_customer(store: Store, scope: Scope) -> list[Row]:
    sessions = scope.size(100_000, 10_000)
    costs: dict[str, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        with store.fresh() as url, footfall.open(url) as engine:
            feed(engine, hourly(sessions))
            following = sessions
            for at_once, each in (500, 500), (1, 50):
                for name, cost in _in_turn(engine, following, at_once, each).items():
                    costs[f"{name}, {at_once}"].append(cost)
                following += BATCHES * each
            check(engine)
    median_costs = {name: median(measured) for name, measured in costs.items()}
    return [row for at_once in (500, 1) for row in _rows_of_one(median_costs, sessions, at_once)]


def _in_turn(engine: footfall.Engine, following: int, at_once: int, size: int) -> dict[str, float]:
    # Seconds an event, of events that come next, from an hour on, and of late ones, so many a call.
    spent: dict[str, Fed] = defaultdict(Fed)
    for turn in range(BATCHES):
        hour = following + turn * size
        arrivals = {"in order": hourly(size, hour), "late": list(anywhere(size, following, seed=hour))}
        for name, events in arrivals.items():
            spent[name] = spent[name].plus(step(engine, events, at_once))
    return {
        part: seconds / (BATCHES * size)
        for name, fed in spent.items()
        for part, seconds in {name: fed.both, f"{name}, log": fed.log, f"{name}, views": fed.views}.items()
    }


def _rows_of_one(costs: dict[str, float], sessions: int, at_once: int) -> list[Row]:
    def cost(part: str) -> float:
        return costs[f"{part}, {at_once}"]

    dearer = cost("late") / cost("in order")
    return [
        Row(f"one customer with {sessions:,} sessions: its next events, {at_once} a call", rate(1 / cost("in order"))),
        Row("  events anywhere among them", rate(1 / cost("late")), _cost(dearer), at_most(dearer, COST_TARGET)),
        *(
            Row(
                f"  of that, into the {part}",
                rate(1 / cost(f"late, {part}")),
                _cost(cost(f"late, {part}") / cost(f"in order, {part}")),
            )
            for part in ("log", "views")
        ),
    ]


def _cost(ratio: float) -> str:
    return times(ratio, "the cost in order")
