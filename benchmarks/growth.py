"""Growth: the speed of ingest as a store grows from nothing to millions of events, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import typer

import footfall

from .chart import Sample, draw, keep
from .feed import feed
from .measure import Row, Scope, check, rate, times
from .stores import Store
from .visits import page_visits

HERE = Path(__file__).parent
_SHOWN = 10


def run(store: Store, scope: Scope) -> list[Row]:
    """Grow a store once. The samples and the chart go beside this file, those of a shorter run into the directory
    where it was started."""
    count = scope.size(store.grows_to, 300_000)
    folder = HERE if count >= store.grows_to else Path.cwd()
    samples: list[Sample] = []
    with store.fresh() as url, footfall.open(url) as engine:
        for sample in _samples(engine, count, max(10_000, min(100_000, count // 30))):
            samples.append(sample)
            typer.echo(f"{store.name}: {rate(sample.both)} up to {sample.events:,} of {count:,} events")
            keep(folder, store.name, samples)  # at once, so that a run that is broken off leaves what it had
            draw(folder)
        check(engine)
    return _rows(samples)


def _samples(engine: footfall.Engine, count: int, each: int) -> Iterator[Sample]:
    visits = page_visits(count)
    for first in range(0, count, each):
        size = min(each, count - first)
        spent = feed(engine, islice(visits, size))
        yield Sample(first + size, size / spent.log, size / spent.views, size / spent.both)


def _rows(samples: list[Sample]) -> list[Row]:
    beginning = samples[0].both
    chosen = samples[:: max(1, len(samples) // _SHOWN)]
    shown: list[Any] = chosen if chosen[-1] is samples[-1] else [*chosen, samples[-1]]
    return [
        Row(
            f"up to {sample.events:,} events: log {rate(sample.log)}, views {rate(sample.views)}",
            rate(sample.both),
            times(sample.both / beginning, "the first"),
        )
        for sample in shown
    ]
