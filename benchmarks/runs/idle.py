"""Idling: what `footfall run` costs where nothing happens."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import sleep

import psutil  # type: ignore[import-untyped]

import footfall

from ..harness.measure import Broken, Row, Scope, at_most, check
from ..harness.stores import Store
from ..input.visits import page_visits

TARGET_PERCENT = 1.0
_SETTLING_SECONDS = 5


def run(store: Store, scope: Scope) -> list[Row]:
    """Watch the program for a while, so many times, on a store whose sessions have all ended."""
    watched = 10 if scope.quick else 30
    with store.fresh() as url, footfall.open(url) as engine:
        engine.track_many(page_visits(scope.size(20_000, 5_000)))
        engine.sweep()
        engine.catch_up()
        measured = [_percent(url, watched) for _ in range(scope.repeat)]
        check(engine)
    cost = median(measured)
    return [Row(f"footfall run, {watched} s", f"{cost:.2f} % of a core", target=f"% {at_most(cost, TARGET_PERCENT)}")]


def _percent(url: str, watched: int) -> float:
    command = [sys.executable, "-m", "footfall", "run", "--database", url]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as program:  # noqa: S603
        sleep(_SETTLING_SECONDS)
        process = psutil.Process(program.pid)
        before = process.cpu_times()
        sleep(watched)
        after = process.cpu_times()
        program.terminate()
        if program.wait():
            raise Broken(f"footfall run ended with exit status {program.returncode}")
    spent: float = after.user + after.system - before.user - before.system
    return 100 * spent / watched
