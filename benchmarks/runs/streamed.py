"""`python -m benchmarks.runs.streamed WORK URL [FILE]`: takes in a file of events, of which only the next are held,
without views (`append`) or with them (`feed`), or brings the views up to date (`project`)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import footfall

from ..input.feed import BETWEEN_VIEWS, step
from ..input.visits import Event, json_lines, read_lines


def store(events: Iterable[Event], file: Path) -> None:
    """Write events as JSON lines."""
    with file.open("wb") as lines:
        lines.writelines(json_lines(events))


def _read(file: Path) -> Iterator[Event]:
    with file.open("rb") as lines:
        yield from read_lines(lines)


def main(work: str, url: str, file: str = "") -> None:
    """Do one of the works on a store."""
    with footfall.open(url) as engine:
        if work == "project":
            engine.catch_up()
            return
        events = _read(Path(file))
        while chunk := list(islice(events, BETWEEN_VIEWS)):
            step(engine, chunk, views=work == "feed")


if __name__ == "__main__":
    main(*sys.argv[1:])
