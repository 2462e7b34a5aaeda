"""Cores: `footfall ingest`, on PostgreSQL `footfall rebuild` too, in one process and in as many as pay."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import footfall

from ..baselines import bare
from ..harness.measure import Broken, Row, Scope, at_least, check, rate, times
from ..harness.processors import Spent, spent_by
from ..harness.stores import Store
from ..input.visits import page_visits
from .streamed import store as store_events

ONE, AUTO = "1", "auto"
Measured = dict[tuple[str, str], list[Spent]]
"""By command, and how many workers it was given."""


def run(store: Store, scope: Scope) -> list[Row]:
    """Measure pairs, so many times, whose order changes each time."""
    count = scope.size(300_000, 30_000)
    spent: Measured = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder:
        file = Path(folder) / "events.jsonl"
        store_events(page_visits(count), file)
        for repetition in range(scope.repeat):
            order = (ONE, AUTO) if repetition % 2 == 0 else (AUTO, ONE)
            for workers in order:
                with store.fresh() as url:
                    bare.prepare(url)
                    spent["ingest", workers].append(_spent(url, "ingest", str(file), "--workers", workers))
                    if workers == order[-1] and store.many_writers:
                        rows = _rebuild(url, order, spent)
                    _check(url, count)
    medians = {which: Spent(*map(median, zip(*measured, strict=True))) for which, measured in spent.items()}
    of_ingest = _rows_of_ingest(medians, count, store.target_of_cores)
    return of_ingest + _rows_of_rebuild(medians, rows) if store.many_writers else of_ingest


def _rebuild(url: str, order: tuple[str, ...], spent: Measured) -> int:
    for workers in order:
        spent["rebuild", workers].append(_spent(url, "rebuild", "--workers", workers))
    return bare.count(url)


def _spent(url: str, *arguments: str) -> Spent:
    try:
        return spent_by(url, [sys.executable, "-m", "footfall", *arguments, "--database", url])
    except subprocess.CalledProcessError as failed:
        raise Broken(f"footfall {arguments[0]} ended with exit status {failed.returncode}") from None


def _check(url: str, count: int) -> None:
    with footfall.open(url) as engine:
        found = engine.stats(fresh=False).page_visits
        if found != count:
            raise Broken(f"the views hold {found} of {count} visits")
        check(engine)


def _rows_of_ingest(spent: Mapping[tuple[str, str], Spent], count: int, target: float) -> list[Row]:
    one, auto = spent["ingest", ONE], spent["ingest", AUTO]
    ratio = one.elapsed / auto.elapsed
    return [
        Row(f"footfall ingest --workers 1, {count:,} visits", rate(count / one.elapsed), one.shown(count)),
        Row("footfall ingest, by itself", rate(count / auto.elapsed), auto.shown(count)),
        Row("", "", times(ratio, "one process"), at_least(ratio, target)),
    ]


def _rows_of_rebuild(spent: Mapping[tuple[str, str], Spent], rows: int) -> list[Row]:
    one, auto = spent["rebuild", ONE], spent["rebuild", AUTO]
    return [
        Row(f"footfall rebuild --workers 1, {rows:,} rows of the log", rate(rows / one.elapsed), one.shown(rows)),
        Row("footfall rebuild, by itself", rate(rows / auto.elapsed), auto.shown(rows)),
        Row("", "", times(one.elapsed / auto.elapsed, "one process")),
    ]
