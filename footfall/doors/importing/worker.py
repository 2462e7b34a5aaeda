"""What each worker of a shared import does, with a store and a reader that stay open for as long as it lives."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import cache
from typing import NamedTuple

from ...engine.answers import ImportReport, Problem
from ...engine.engine import Engine
from ...engine.opening import open as open_engine
from ..wire.formats import LineFormat, LineReader, line_reader

_FOLD_SECONDS = 0.5
"""A worker folds for this long before it tells how far it is."""

NumberedLine = tuple[int, bytes]

Taken = tuple[ImportReport, list[Problem]]
"""What became of some lines, and those that were not taken."""


class Task(NamedTuple):
    """Where an import goes to and what its lines are written in; handed to workers through a pipe, so that no password
    stands on a command line."""

    database: str | None
    form: LineFormat


class _Opened(NamedTuple):
    engine: Engine
    reader: LineReader
    held: ExitStack


def open_early(task: Task) -> None:
    """Make ready, so that the first lines need not wait for it."""
    _open(task)


@cache
def _open(task: Task) -> _Opened:
    held = ExitStack()
    engine = held.enter_context(open_engine(task.database))
    return _Opened(engine, held.enter_context(line_reader(task.form)), held)


def import_share(task: Task, lines: list[NumberedLine]) -> Taken:
    """Take in the events of lines, all of customers who are this worker's."""
    engine, reader, _ = _open(task)
    problems: list[Problem] = []
    return engine.import_lines(reader.read(lines), problems.append), problems


def fold(task: Task) -> int:
    """Fold what is in the log by now; returns how many rows of it were folded."""
    return _open(task).engine.catch_up()


def settle(task: Task) -> int:
    """End sessions that are over and fold for a while, leaving to others what they are about; returns how many rows of
    the log were folded."""
    engine = _open(task).engine
    engine.sweep()
    until = time.monotonic() + _FOLD_SECONDS
    return engine.catch_up(stopping=lambda: time.monotonic() > until, wait=False)
