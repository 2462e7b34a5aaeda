"""Memory: the most that `footfall ingest` and `footfall rebuild` hold, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import msgspec

import footfall

from .measure import Broken, Row, Scope, at_most, check, rate
from .stores import Store
from .visits import page_visits

TARGET_MB = 300


class Spent(NamedTuple):
    """What a command took."""

    megabytes: float
    seconds: float


def run(store: Store, scope: Scope) -> list[Row]:
    """Import a file of events with the program, then rebuild every view with it."""
    count = scope.size(1_000_000, 100_000)
    with store.fresh() as url, tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder:
        file = Path(folder) / "events.jsonl"
        _write(file, count)
        imported = _spent("ingest", str(file), "--database", url)
        rebuilt = _spent("rebuild", "--database", url)
        with footfall.open(url) as engine:
            _compare(engine, count)
            check(engine)
    return [_row(f"footfall ingest, {count:,} visits", imported, count), _row("footfall rebuild", rebuilt, count)]


def _write(file: Path, count: int) -> None:
    encode = msgspec.json.Encoder().encode
    with file.open("wb") as lines:
        for event in page_visits(count):
            lines.write(encode(event) + b"\n")


def _spent(*command: str) -> Spent:
    began = perf_counter()
    run = [sys.executable, "-m", "benchmarks.peak", sys.executable, "-m", "footfall", *command]
    done = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Broken(f"footfall {command[0]} ended with exit status {done.returncode}")
    return Spent(int(done.stdout) / 1_000_000, perf_counter() - began)


def _compare(engine: footfall.Engine, count: int) -> None:
    found = engine.stats().events
    if found != count:
        raise Broken(f"{found} of {count} events were imported")


def _row(what: str, spent: Spent, count: int) -> Row:
    figure = f"{spent.megabytes:.0f} MB, {rate(count / spent.seconds)}"
    return Row(what, figure, target=f"MB {at_most(spent.megabytes, TARGET_MB)}")
