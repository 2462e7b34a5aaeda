"""A stopwatch for functions that call each other: each is charged with its own time, not with that of those below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from time import perf_counter, process_time
from typing import Any

_TRIES = 20_000


class Spent:
    """Seconds of processor and of the clock, how often it ran, and how many of those below it did."""

    def __init__(self) -> None:
        self.processor = self.elapsed = 0.0
        self.calls = self.calls_below = 0


class Stopwatch:
    """Times what it wraps, in one thread; `spent` tells by stage. What the timing itself costs is taken off."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = defaultdict(Spent)
        self._below: list[Spent] = []

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, charged to a stage."""

        @wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            below = Spent()
            self._below.append(below)
            began, processor = perf_counter(), process_time()
            try:
                return function(*arguments, **named)
            finally:
                processor, elapsed = process_time() - processor, perf_counter() - began
                self._below.pop()
                self._charge(stage, processor, elapsed, below)

        return measured

    def without_its_own_cost(self) -> dict[str, Spent]:
        """What was spent by stage, had nothing been timed."""
        inside, outside = _cost()
        for spent in self.spent.values():
            spent.processor -= spent.calls * inside.processor + spent.calls_below * outside.processor
            spent.elapsed -= spent.calls * inside.elapsed + spent.calls_below * outside.elapsed
        return self.spent

    def _charge(self, stage: str, processor: float, elapsed: float, below: Spent) -> None:
        spent = self.spent[stage]
        spent.processor += processor - below.processor
        spent.elapsed += elapsed - below.elapsed
        spent.calls += 1
        spent.calls_below += below.calls
        if self._below:
            above = self._below[-1]
            above.processor += processor
            above.elapsed += elapsed
            above.calls += 1


def _cost() -> tuple[Spent, Spent]:
    # What one timing adds to the stage itself, and what to the one that called it.
    watch = Stopwatch()
    nothing = watch.timed("nothing", lambda: None)
    watch.timed("above", lambda: [nothing() for _ in range(_TRIES)])()
    for spent in watch.spent.values():
        spent.processor, spent.elapsed = spent.processor / _TRIES, spent.elapsed / _TRIES
    return watch.spent["nothing"], watch.spent["above"]
