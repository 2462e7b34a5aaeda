"""Runs in a build's own environment, by its interpreter: does what it is told on standard input, and says what it took.

It calls nothing but what every build of Footfall has, and knows nothing of the benchmarks beside it. A line in is a
JSON list, `["take", 500]`; the line out has the seconds of the clock and of this process's processor.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from itertools import islice
from time import perf_counter, process_time
from typing import Any

import footfall


class Worker:
    """One open engine, and the input that it goes through."""

    def __init__(self, url: str, visits: str) -> None:
        self._engine = footfall.open(url)
        self._visits = map(json.loads, open(visits, "rb"))  # noqa: PTH123, SIM115  # read to the end of the process
        self._next: list[dict[str, Any]] = []

    def load(self, count: int) -> None:
        """Make the next visits ready, which is not what is measured."""
        self._next = list(islice(self._visits, count))
        gc.collect()
        gc.freeze()

    def take(self, at_once: int) -> None:
        """Take what is loaded in, so many a call, and bring the views up to date."""
        for first in range(0, len(self._next), at_once):
            results = self._engine.track_many(self._next[first : first + at_once])
            if any(str(result.status) != "accepted" for result in results):
                raise ValueError("a visit was not accepted")
        self._engine.catch_up()

    def track(self) -> None:
        """Take what is loaded in one by one."""
        for one in self._next:
            self._engine.track(one["uuid"], one["action"], one["params"], time=one["time"], event_id=one["event_id"])

    def read(self) -> None:
        """Read the profile and the newest page visits of whoever is loaded."""
        for one in self._next:
            self._engine.profile(one["uuid"])
            self._engine.page_visits(one["uuid"], limit=20, fresh=False)

    def sweep(self) -> None:
        """End the sessions that are over."""
        self._engine.sweep()

    def rebuild(self) -> None:
        """Fill every view anew."""
        self._engine.rebuild()

    def verify(self) -> None:
        """Compare the views with the log."""
        if not self._engine.verify().ok:
            raise ValueError("a view is not what the log gives")


def _timed(work: Callable[..., None], arguments: list[Any]) -> list[float]:
    began, processor = perf_counter(), process_time()
    work(*arguments)
    return [perf_counter() - began, process_time() - processor]


def main() -> None:
    """Work until the input ends."""
    worker = Worker(*sys.argv[1:])
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        print(json.dumps(_timed(getattr(worker, name), arguments)), flush=True)


if __name__ == "__main__":
    main()
