"""`python -m benchmarks.runs.growing URL COUNT EACH GO_ON`: takes in visits that come as JSON lines, brings the views
up to date, and prints a sample for each so many; then it waits for a byte on the file GO_ON, and ends where that does.

A process of its own, with its input from another one, so that the memory it holds is the engine's.
"""

from __future__ import annotations

import os
import resource
import sys
from itertools import islice

import msgspec

import footfall

from ..harness.chart import Sample
from ..harness.peak import most_memory
from ..input.feed import feed
from ..input.visits import read_lines


def main(url: str, count: int, each: int, go_on: int) -> None:
    """Take in `count` visits."""
    visits = read_lines(sys.stdin.buffer)
    with footfall.open(url) as engine:
        for first in range(0, count, each):
            size = min(each, count - first)
            spent = feed(engine, islice(visits, size))
            held = most_memory(resource.RUSAGE_SELF)
            sample = Sample(first + size, size / spent.log, size / spent.views, size / spent.both, held / 1_000_000)
            print(msgspec.json.encode(sample).decode(), flush=True)
            if not os.read(go_on, 1):
                return


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
