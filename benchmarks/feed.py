"""Feeding the engine the way an importer does: some batches, then the views, and so on to the end."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter, process_time
from typing import NamedTuple

import footfall
from footfall.application.ingest import BATCH

from .measure import Broken
from .visits import Event

BATCHES_BETWEEN_VIEWS = 20


class Fed(NamedTuple):
    """Seconds spent on the log and on the views, and the seconds of processor that this process used for both."""

    log: float
    views: float
    processor: float


def feed(engine: footfall.Engine, events: Sequence[Event]) -> Fed:
    """Take events in and bring every view up to date. Raises `Broken` unless each was accepted."""
    taken = 0
    log = views = 0.0
    processor = process_time()
    for first in range(0, len(events), BATCH * BATCHES_BETWEEN_VIEWS):
        began = perf_counter()
        results = engine.track_many(events[first : first + BATCH * BATCHES_BETWEEN_VIEWS])
        tracked = perf_counter()
        engine.catch_up()
        log, views = log + tracked - began, views + perf_counter() - tracked
        taken += sum(result.status is footfall.Status.ACCEPTED for result in results)
    if taken != len(events):
        raise Broken(f"only {taken} of {len(events)} events were accepted")
    return Fed(log, views, process_time() - processor)
