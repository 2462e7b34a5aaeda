"""The input, which `footfall bench` has, too. `python -m benchmarks.visits COUNT` writes visits as JSON lines."""

from __future__ import annotations

import sys

import msgspec

from footfall.infrastructure.bench.visits import EVENTS_A_CUSTOMER, Event, page_visits

__all__ = ["EVENTS_A_CUSTOMER", "Event", "page_visits"]


if __name__ == "__main__":
    encode = msgspec.json.Encoder().encode
    sys.stdout.buffer.writelines(encode(visit) + b"\n" for visit in page_visits(int(sys.argv[1])))
