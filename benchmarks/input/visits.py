"""The input, which `footfall bench` has, too. `python -m benchmarks.input.visits COUNT CUSTOMERS` writes visits as JSON
lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import msgspec

from footfall.doors.bench.visits import EVENTS_A_CUSTOMER, Event, page_visits

__all__ = ["EVENTS_A_CUSTOMER", "Event", "json_lines", "page_visits", "read_lines"]


def json_lines(events: Iterable[Event]) -> Iterator[bytes]:
    """Events as JSON, a line for each."""
    encode = msgspec.json.Encoder().encode
    return (encode(event) + b"\n" for event in events)


def read_lines(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events that such lines hold."""
    return map(msgspec.json.Decoder().decode, lines)


if __name__ == "__main__":
    sys.stdout.buffer.writelines(json_lines(page_visits(*map(int, sys.argv[1:]))))
