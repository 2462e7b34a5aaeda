"""The sweep: sessions that are all due are ended in one go, beside the least that a database must do for it; and many
of one customer, beside a fifth as many."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from statistics import median
from uuid import UUID

import footfall

from ..baselines import bare, bare_deadlines
from ..baselines.bare_deadlines import DeadlineRow
from ..harness.measure import Broken, Row, Scope, at_least, at_most, check, seconds, times
from ..harness.stores import Store
from ..input.one_customer import hourly
from ..input.visits import Event, page_visits

OF_ROWS_TARGET = 0.4
"""Of what the database alone would do, with the same rows written."""
OF_ONE_TARGET = 1.5
"""What each end of a customer's many sessions costs, in ends of a fifth as many. Of far fewer most would be in the
customer's state, whose ends are cheaper, and the figure would not tell how the cost grows."""


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure the three in turn, so many times, each on a store of its own."""
    events = _one_each(scope.size(100_000, 20_000))
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        with store.fresh() as url:
            due, written = _swept(url, events, taken)
        with store.fresh() as url:
            bare.prepare(url)
            bare_deadlines.fill(url, due)
            taken["delete"].append(seconds(partial(bare_deadlines.delete, url)))
            taken["append"].append(seconds(partial(bare.write, url, written)))
    rows = _rows({name: median(measured) for name, measured in taken.items()}, len(events))
    return rows + _of_one(store, scope)


def _one_each(count: int) -> list[Event]:
    # A visit each of so many customers, and so a session each.
    return [{**event, "uuid": str(UUID(int=n << 64 | n))} for n, event in enumerate(page_visits(count))]


def _swept(url: str, events: list[Event], taken: dict[str, list[float]]) -> tuple[list[DeadlineRow], bare.Rows]:
    with footfall.open(url) as engine:
        engine.track_many(events)
        due = bare_deadlines.read(url)
        taken["engine"].append(seconds(engine.sweep))
        check(engine)
    written, left = bare.read(url, "session.end"), bare_deadlines.read(url)
    if (len(due), len(written.rows), len(left)) != (len(events), len(events), 0):
        raise Broken(f"of {len(due)} sessions {len(written.rows)} were ended, {len(left)} are still due")
    return due, written


def _of_one(store: Store, scope: Scope) -> list[Row]:
    many = scope.size(50_000, 20_000)
    few = many // 5
    costs: dict[int, list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        for sessions in (few, many):
            with store.fresh() as url, footfall.open(url) as engine:
                engine.track_many(hourly(sessions))
                costs[sessions].append(seconds(engine.sweep) / sessions)
                check(engine)
                if (ended := len(bare.read(url, "session.end").rows)) != sessions:
                    raise Broken(f"of {sessions} sessions of one customer {ended} were ended")
    dearer = median(costs[many]) / median(costs[few])
    return [
        Row(f"engine.sweep of {few:,} sessions of one customer", _rate(1, median(costs[few]))),
        Row(
            f"engine.sweep of {many:,} sessions of one customer",
            _rate(1, median(costs[many])),
            times(dearer, "the cost of each of few"),
            at_most(dearer, OF_ONE_TARGET),
        ),
    ]


def _rows(taken: dict[str, float], sessions: int) -> list[Row]:
    both = taken["delete"] + taken["append"]
    return [
        Row(f"bare: DELETE … RETURNING of the {sessions:,} rows that are due", _rate(sessions, taken["delete"])),
        Row("bare: that, and the same rows of the log, 500 to a commit", _rate(sessions, both)),
        Row(
            f"engine.sweep of {sessions:,} sessions",
            _rate(sessions, taken["engine"]),
            times(taken["delete"] / taken["engine"], "DELETE"),
        ),
        Row("", "", times(both / taken["engine"], "DELETE and rows"), at_least(both / taken["engine"], OF_ROWS_TARGET)),
    ]


def _rate(sessions: int, taken: float) -> str:
    return f"{sessions / taken:,.0f} sessions/s"
