"""Measuring: the scope of a run, the rows of its tables, and the check that what was measured is right."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import quantiles
from typing import NamedTuple

import footfall
from footfall.doors.bench.timing import seconds

__all__ = ["Broken", "Row", "Scope", "at_least", "at_most", "check", "percentiles", "rate", "seconds", "times"]


class Broken(Exception):
    """The engine did not do what was measured; the figures would be worth nothing."""


class Scope(NamedTuple):
    """How much is measured; `events` goes before each benchmark's own numbers."""

    repeat: int = 3
    quick: bool = False
    events: int | None = None

    def size(self, full: int, quick: int) -> int:
        """So many events."""
        return self.events or (quick if self.quick else full)


class Row(NamedTuple):
    """A figure, its ratio to a baseline of the same run, and what was aimed at."""

    what: str
    figure: str
    ratio: str = ""
    target: str = ""


def rate(events_a_second: float) -> str:
    """Events a second as they are shown."""
    return f"{events_a_second:,.0f} events/s"


def times(ratio: float, baseline: str) -> str:
    """A ratio as it is shown."""
    return f"{ratio:,.2f} x {baseline}" if ratio < 10 else f"{ratio:,.1f} x {baseline}"


def at_least(value: float, limit: float) -> str:
    """A target from below."""
    return f"at least {limit:g}: {'reached' if value >= limit else 'NOT reached'}"


def at_most(value: float, limit: float) -> str:
    """A target from above."""
    return f"at most {limit:g}: {'reached' if value <= limit else 'NOT reached'}"


def percentiles(latencies: Sequence[float]) -> str:
    """The 50th, 95th and 99th percentile of seconds, in ms."""
    cuts = quantiles(latencies, n=100)
    return "p50 {:.2f}, p95 {:.2f}, p99 {:.2f} ms".format(*(cuts[at - 1] * 1_000 for at in (50, 95, 99)))


def check(engine: footfall.Engine) -> None:
    """Compare the views that were written with a fold of the log. Raises `Broken`."""
    found = engine.verify()
    if not found.ok:
        differing = ", ".join(f"{one.view}: {one.differing} of {one.rows} rows" for one in found.views)
        raise Broken(f"verify found differences after a benchmark ({differing}; parked: {len(found.parked)})")
