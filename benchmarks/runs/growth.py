"""Growth: the speed of ingest as a store grows from nothing to millions of events, sample by sample, and the memory
that it takes, and a rebuild and a check of all that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer

from ..harness.chart import Sample, draw, keep
from ..harness.measure import Broken, Row, Scope, rate, times
from ..harness.stores import Store
from .memory import Spent, row, spent_by

HERE = Path(__file__).parents[1]
_SHOWN = 10


def run(store: Store, scope: Scope) -> list[Row]:
    """Grow a store once. The samples and the chart go beside this file, those of a shorter run into the directory
    where it was started."""
    count = scope.size(store.grows_to, 300_000)
    folder = HERE if count >= store.grows_to else Path.cwd()
    samples: list[Sample] = []
    with store.fresh() as url:
        for sample in _samples(url, count, max(10_000, min(100_000, count // 30))):
            samples.append(sample)
            typer.echo(f"{store.name}: {rate(sample.both)} up to {sample.events:,} of {count:,} events")
            keep(folder, store.name, samples)  # at once, so that a run that is broken off leaves what it had
            draw(folder)
        spent = {f"footfall {work}": spent_by("footfall", work, "--database", url) for work in ("rebuild", "verify")}
    taken = sum(size / sample.both for size, sample in zip(_sizes(samples), samples, strict=True))
    held = {f"ingest of {count:,} visits": Spent(samples[-1].megabytes, taken)}
    return _rows(samples) + [row(what, one, count) for what, one in (held | spent).items()]


def _samples(url: str, count: int, each: int) -> Iterator[Sample]:
    run = [sys.executable, "-m"]
    decoded = msgspec.json.Decoder(Sample).decode
    with (
        subprocess.Popen([*run, "benchmarks.input.visits", f"{count}"], stdout=subprocess.PIPE) as source,  # noqa: S603
        subprocess.Popen(  # noqa: S603
            [*run, "benchmarks.runs.growing", url, f"{count}", f"{each}"], stdin=source.stdout, stdout=subprocess.PIPE
        ) as growing,
    ):
        yield from map(decoded, growing.stdout or ())
    if growing.returncode:
        raise Broken(f"ingest ended with exit status {growing.returncode}")


def _sizes(samples: list[Sample]) -> list[int]:
    ends = [sample.events for sample in samples]
    return [end - before for before, end in zip([0, *ends], ends, strict=False)]


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
