"""Feeding the engine the way an importer does: some batches, then the views, and so on to the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from time import perf_counter, process_time
from typing import NamedTuple

import footfall
from footfall.doors.bench.timing import input_kept_apart

from ..harness.measure import Broken
from .visits import Event

BETWEEN_VIEWS = 10_000
"""The views are brought up to date after so many events."""
FEW_A_CALL = 500
"""So many events a call hands in where it is no import: what collects them does not wait for more."""


class Fed(NamedTuple):
    """Seconds spent on the log and on the views, and the seconds of processor that this process used for both."""

    log: float = 0
    views: float = 0
    processor: float = 0

    @property
    def both(self) -> float:
        """Seconds until log and views were current."""
        return self.log + self.views

    def plus(self, other: Fed) -> Fed:
        """The sums."""
        return Fed(self.log + other.log, self.views + other.views, self.processor + other.processor)


def feed(engine: footfall.Engine, events: Iterable[Event], at_once: int = BETWEEN_VIEWS, views: bool = True) -> Fed:
    """Take events in, so many a call, and, unless said, bring every view up to date; only those that are next are held,
    and making them is not counted. Raises `Broken` unless each was accepted."""
    spent, remaining = Fed(), iter(events)
    while chunk := list(islice(remaining, BETWEEN_VIEWS)):
        with input_kept_apart():
            spent = spent.plus(step(engine, chunk, at_once, views))
    return spent


def step(engine: footfall.Engine, events: Sequence[Event], at_once: int = BETWEEN_VIEWS, views: bool = True) -> Fed:
    """Take events in, so many a call, and bring the views up to date. Raises `Broken` unless each was accepted."""
    began, processor = perf_counter(), process_time()
    for first in range(0, len(events), at_once):
        for result in engine.track_many(events[first : first + at_once]):
            if result.status is not footfall.Status.ACCEPTED:
                raise Broken(f"an event was {result.status}: {result.detail}")
    tracked = perf_counter()
    if views:
        engine.catch_up()
    return Fed(tracked - began, perf_counter() - tracked, process_time() - processor)
