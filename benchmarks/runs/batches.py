"""Batches: ingest to all views by the size of the batches and the number of processes that write at once."""

from __future__ import annotations

from collections import defaultdict
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from statistics import median
from time import perf_counter
from typing import NamedTuple
from uuid import UUID

import footfall
from footfall.application.ingest.ingest import BATCH
from footfall.doors.bench.timing import input_kept_apart

from ..baselines import bare
from ..harness.measure import Broken, Row, Scope, at_least, check, rate, times
from ..harness.stores import Store
from ..input.feed import BETWEEN_VIEWS, FEW_A_CALL, step
from ..input.visits import page_visits

SIZES = (1, 50, FEW_A_CALL, 5_000)
WRITERS = (1, 2, 4)
TARGET_OF_TWO = 1.6
PATIENCE_SECONDS = 600


class Share(NamedTuple):
    """What one process writes: the visits, of so many altogether, of every `writers`-th partition."""

    url: str
    visits: int
    at_once: int
    number: int
    writers: int


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure every size with every number of writers, so many times; SQLite has one writer at a time."""
    rates: dict[tuple[int, int], list[float]] = defaultdict(list)
    for _ in range(scope.repeat):
        for writers in WRITERS if store.many_writers else WRITERS[:1]:
            for at_once in SIZES:
                visits = _visits(scope, at_once)
                rates[at_once, writers].append(visits / _measured(store, visits, at_once, writers))
    return _rows(scope, {which: median(measured) for which, measured in rates.items()})


def write(share: Share, start: Barrier, spans: Queue[tuple[float, float]]) -> None:
    """Prepare a share, wait for the other processes, write, and tell when it began and ended."""
    with footfall.open(share.url) as engine:
        partitions = engine.status().partitions
        events = [
            event
            for event in page_visits(share.visits)
            if UUID(event["uuid"]).int % partitions % share.writers == share.number
        ]
        with input_kept_apart():
            start.wait(PATIENCE_SECONDS)
            began = perf_counter()
            for first in range(0, len(events), BETWEEN_VIEWS):
                step(engine, events[first : first + BETWEEN_VIEWS], share.at_once)
            spans.put((began, perf_counter()))


def _visits(scope: Scope, at_once: int) -> int:
    # Fewer where each is a commit of its own.
    full, quick = {1: (4_000, 500), 50: (40_000, 5_000)}.get(at_once, (100_000, 10_000))
    return scope.size(full, quick)


def _measured(store: Store, visits: int, at_once: int, writers: int) -> float:
    context = get_context("spawn")
    with store.fresh() as url:
        bare.prepare(url)
        start, spans = context.Barrier(writers), context.Queue()
        shares = [Share(url, visits, at_once, number, writers) for number in range(writers)]
        processes = [context.Process(target=write, args=(share, start, spans)) for share in shares]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        if any(process.exitcode for process in processes):
            raise Broken("a writer failed")
        began, ended = zip(*(spans.get() for _ in processes), strict=True)
        with footfall.open(url) as engine:
            _compare(engine, visits)
            check(engine)
    return float(max(ended) - min(began))


def _compare(engine: footfall.Engine, visits: int) -> None:
    found = engine.stats(fresh=False).page_visits
    if found != visits:
        raise Broken(f"the views hold {found} of {visits} visits when the last writer has ended")


def _rows(scope: Scope, rates: dict[tuple[int, int], float]) -> list[Row]:
    rows = []
    for (at_once, writers), measured in rates.items():
        visits = f"{_visits(scope, at_once):,} visits"
        said = f"{at_once:,} a call, up to {BATCH:,} a commit" if at_once > BATCH else f"{at_once:,} a commit"
        ratio = measured / rates[at_once, 1]
        over_one = "" if writers == 1 else times(ratio, "one writer")
        target = at_least(ratio, TARGET_OF_TWO) if (at_once, writers) == (FEW_A_CALL, 2) else ""
        rows.append(Row(f"{writers} writing, {said} ({visits})", rate(measured), over_one, target))
    return rows
