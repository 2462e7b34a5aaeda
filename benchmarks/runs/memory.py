"""Memory: the most that a process holds, each in a process of its own, with input from a file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import footfall

from ..harness.measure import Broken, Row, Scope, at_most, check, rate
from ..harness.stores import Store
from ..input.delayed import delayed
from ..input.feed import BETWEEN_VIEWS
from ..input.visits import page_visits
from .streamed import store as store_events

TARGET_MB = 300


class Spent(NamedTuple):
    """What a command took."""

    megabytes: float
    seconds: float


def run(store: Store, scope: Scope) -> list[Row]:
    """Take the same events in by the program and in halves, and once with a tenth of them late."""
    count = scope.size(300_000, 50_000)
    with tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder:
        in_order, late = Path(folder) / "events.jsonl", Path(folder) / "late.jsonl"
        store_events(page_visits(count), in_order)
        store_events(delayed(page_visits(count)), late)
        spent = _by_the_program(store, in_order, count)
        spent |= _in_halves(store, in_order, count)
        spent |= _late(store, late, count)
    return [row(what, one, count) for what, one in spent.items()]


def _by_the_program(store: Store, file: Path, count: int) -> dict[str, Spent]:
    with store.fresh() as url:
        imported = spent_by("footfall", "ingest", str(file), "--database", url)
        rebuilt = spent_by("footfall", "rebuild", "--database", url)
        _check(url, count)
    return {f"footfall ingest, {count:,} visits": imported, "footfall rebuild": rebuilt}


def _in_halves(store: Store, file: Path, count: int) -> dict[str, Spent]:
    with store.fresh() as url:
        appended = spent_by("benchmarks.runs.streamed", "append", url, str(file))
        projected = spent_by("benchmarks.runs.streamed", "project", url)
        _check(url, count)
    return {f"append alone, {BETWEEN_VIEWS:,} a call": appended, "projection alone": projected}


def _late(store: Store, file: Path, count: int) -> dict[str, Spent]:
    with store.fresh() as url:
        spent = spent_by("benchmarks.runs.streamed", "feed", url, str(file))
        _check(url, count)
    return {"ingest of which a tenth is late, log and views": spent}


def spent_by(module: str, *arguments: str) -> Spent:
    """Run a program. Raises `Broken` where it fails."""
    began = perf_counter()
    run = [sys.executable, "-m", "benchmarks.harness.peak", sys.executable, "-m", module, *arguments]
    done = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Broken(f"{module} {arguments[0]} ended with exit status {done.returncode}")
    return Spent(int(done.stdout) / 1_000_000, perf_counter() - began)


def _check(url: str, count: int) -> None:
    with footfall.open(url) as engine:
        found = engine.stats().events
        if found != count:
            raise Broken(f"{found} of {count} events were taken in")
        check(engine)


def row(what: str, spent: Spent, count: int) -> Row:
    """What a program took for `count` events."""
    figure = f"{spent.megabytes:.0f} MB, {rate(count / spent.seconds)}"
    return Row(what, figure, target=f"MB {at_most(spent.megabytes, TARGET_MB)}")
