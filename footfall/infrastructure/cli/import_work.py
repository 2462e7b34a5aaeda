"""What each worker of a shared import does, with a store and a reader that stay open for as long as it lives."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import cache
from typing import NamedTuple

from ...application.imports import ImportReport, Problem, import_lines
from ..readers.formats import LineFormat, LineReader, line_reader
from ..wiring import Parts
from ..worker_processes import end_with_parent
from .options import store

_TURN_SECONDS = 0.5
"""So long a worker folds before it tells how far it is."""

NumberedLine = tuple[int, bytes]

Taken = tuple[ImportReport, list[Problem]]
"""What became of some lines, and those that were not taken."""


class Task(NamedTuple):
    """Where an import goes to and what its lines are written in; handed to workers through a pipe, so that no password
    stands on a command line."""

    database: str | None
    form: LineFormat


class _Opened(NamedTuple):
    parts: Parts
    reader: LineReader
    held: ExitStack


def begin(task: Task) -> None:
    """Make ready, so that the first lines need not wait for it."""
    end_with_parent()
    _open(task)


@cache
def _open(task: Task) -> _Opened:
    held = ExitStack()
    parts = held.enter_context(store(task.database))
    return _Opened(parts, held.enter_context(line_reader(task.form)), held)


def import_share(task: Task, lines: list[NumberedLine]) -> Taken:
    """Take in the events of lines, all of customers who are this worker's."""
    parts, reader, _ = _open(task)
    problems: list[Problem] = []
    return import_lines(parts.ingest, reader.read(lines), problems.append), problems


def settle(task: Task) -> int:
    """End sessions that are over and fold for a while, leaving to others what they are about; returns how many rows of
    the log were folded."""
    parts = _open(task).parts
    parts.sweep.sweep_all(parts.clock)
    until = time.monotonic() + _TURN_SECONDS
    return parts.views.catch_up(stopping=lambda: time.monotonic() > until, wait=False)
