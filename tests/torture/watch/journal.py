"""The driver's journal: what it is about to hand in and what the engine answered for, on disk before it goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID


class Sent(NamedTuple):
    """An activity event as it was handed in; `time` in µs."""

    customer: UUID
    event_id: UUID
    time: int
    url: str


class Batch(NamedTuple):
    """Events that were handed in together, and whether the engine ever answered for them."""

    name: str
    events: tuple[Sent, ...]
    acknowledged: bool


class Journal:
    """A file of lines that is forced to the disk with each; a line that a kill tore is passed over when read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if path.stat().st_size:
            os.write(self._file, b"\n")  # what comes now must not continue a torn line

    def about_to_send(self, name: str, events: Iterable[Sent]) -> None:
        """Write what is handed in next. The same name again means the very same events again."""
        self._write({"sent": name, "events": [[str(e.customer), str(e.event_id), e.time, e.url] for e in events]})

    def acknowledged(self, name: str) -> None:
        """Write that the engine answered for all events of a batch."""
        self._write({"acknowledged": name})

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def read(paths: Sequence[Path]) -> list[Batch]:
    """The batches of journals, in the order in which they were first handed in."""
    sent: dict[str, tuple[Sent, ...]] = {}
    acknowledged: set[str] = set()
    for line in (line for path in paths if path.exists() for line in _lines(path)):
        if "sent" in line:
            sent[line["sent"]] = tuple(Sent(UUID(c), UUID(i), time, url) for c, i, time, url in line["events"])
        else:
            acknowledged.add(line["acknowledged"])
    return [Batch(name, events, name in acknowledged) for name, events in sent.items()]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
