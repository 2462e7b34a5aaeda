"""Growth: the speed of ingest as a store grows from nothing to millions of events, sample by sample, and the memory
that it takes, and a rebuild and a check of all that. After each sample a new store takes some events in: a machine may
be half as fast an hour later."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import harmonic_mean
from typing import Any

import msgspec
import typer

from ..harness.chart import Sample, draw, keep
from ..harness.measure import Broken, Row, Scope, at_least, rate, times
from ..harness.stores import Store
from ..input.visits import EVENTS_A_CUSTOMER
from .memory import Spent, row, spent_by

HERE = Path(__file__).parents[1]
_SHOWN = 10
_NEW = 20_000
"""So many events a new store takes in, of as many customers as the large one will have."""
TARGET = 0.85
"""How fast the last part of a store shall take events in, beside the first."""


def run(store: Store, scope: Scope) -> list[Row]:
    """Grow a store once. The samples and the chart go beside this file, those of a shorter run into the directory
    where it was started."""
    count = scope.size(store.grows_to, 300_000)
    folder = HERE if count >= store.grows_to else Path.cwd()
    customers = count // EVENTS_A_CUSTOMER
    samples: list[Sample] = []
    with store.fresh() as url:
        for taken in _samples(url, count, max(10_000, min(100_000, count // 30)), customers):
            samples.append(taken._replace(new=_new(store, customers)))
            typer.echo(f"{store.name}: {_told(samples[-1])} up to {taken.events:,} of {count:,} events")
            keep(folder, store.name, samples)  # at once, so that a run that is broken off leaves what it had
            draw(folder)
        spent = {f"footfall {work}": spent_by("footfall", work, "--database", url) for work in ("rebuild", "verify")}
    seconds = sum(size / sample.both for size, sample in zip(_sizes(samples), samples, strict=True))
    held = {f"ingest of {count:,} visits": Spent(samples[-1].megabytes, seconds)}
    compared = _compared(samples, max(samples[0].events, count // store.parts_of_growth))
    return _rows(samples) + compared + [row(what, one, count) for what, one in (held | spent).items()]


def _told(sample: Sample) -> str:
    return f"{rate(sample.both)}, a new store {rate(sample.new)},"


def _new(store: Store, customers: int) -> float:
    with store.fresh() as url:
        (sample,) = _samples(url, _NEW, _NEW, customers)
    return sample.both


def _samples(url: str, count: int, each: int, customers: int) -> Iterator[Sample]:
    # None is begun before the caller asks for it.
    run = [sys.executable, "-m"]
    decoded = msgspec.json.Decoder(Sample).decode
    waits, goes_on = os.pipe()
    with (
        open(waits, "rb"),  # noqa: PTH123  # a number
        subprocess.Popen(  # noqa: S603
            [*run, "benchmarks.input.visits", f"{count}", f"{customers}"], stdout=subprocess.PIPE
        ) as source,
        subprocess.Popen(  # noqa: S603
            [*run, "benchmarks.runs.growing", url, f"{count}", f"{each}", f"{waits}"],
            stdin=source.stdout,
            stdout=subprocess.PIPE,
            pass_fds=[waits],
        ) as growing,
        open(goes_on, "wb", buffering=0) as told,  # noqa: PTH123  # closed first: then it ends
    ):
        for line in growing.stdout or ():
            yield decoded(line)
            told.write(b".")
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


def _compared(samples: list[Sample], part: int) -> list[Row]:
    first = [one for one in samples if one.events <= part]
    last = [one for one in samples if one.events > samples[-1].events - part]
    (began, began_new), (ended, ended_new) = _means(first), _means(last)
    ratio = (ended / ended_new) / (began / began_new)
    return [
        Row(f"the first {part:,} events", rate(began), times(began / began_new, "new stores at that time")),
        Row(f"the last {part:,} events", rate(ended), times(ended / ended_new, "new stores at that time")),
        Row("", "", times(ratio, "the first, beside new stores"), at_least(ratio, TARGET)),
        Row("", "", times(ended / began, "the first, whatever the machine did meanwhile")),
    ]


def _means(samples: list[Sample]) -> tuple[float, float]:
    return harmonic_mean(one.both for one in samples), harmonic_mean(one.new for one in samples)
