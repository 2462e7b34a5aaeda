"""An import that several processes share. Each has partitions of its own: none waits for a lock of another."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from functools import cache
from multiprocessing import get_context
from types import TracebackType
from typing import NamedTuple
from uuid import UUID

from ...application.imports import ImportReport, Problem, import_lines, total
from ...application.ingest import BATCH
from ...application.long_work import Progress
from ...domain.errors import FootfallError
from ..readers.formats import LineFormat, LineReader, line_reader
from ..wiring import Parts
from ..worker_processes import deaf_to_interrupts, end_with_parent
from .options import store

_AHEAD = 4
"""So many batches wait for a worker at most."""

_TURN_SECONDS = 0.5
"""So long a worker folds before it tells how far it is."""

NumberedLine = tuple[int, bytes]
Taken = tuple[ImportReport, list[Problem]]


class WorkerEnded(FootfallError):
    """A worker was killed or broke down. What it had committed is kept."""


class Task(NamedTuple):
    """Where an import goes to and what its lines are written in; handed to workers through a pipe, so that no password
    stands on a command line."""

    database: str | None
    form: LineFormat


class ImportWorkers:
    """Processes for one import. All lines of a customer go to the one that the customer's partition belongs to."""

    def __init__(self, number: int, task: Task, partition_of: Callable[[UUID], int]) -> None:
        self._task, self._partition_of = task, partition_of
        # A pool of one for each: whatever goes to a worker is done in its order.
        self._pools = [ProcessPoolExecutor(1, get_context("spawn")) for _ in range(number)]
        with deaf_to_interrupts():
            for pool in self._pools:
                pool.submit(_begin, task)

    def __enter__(self) -> ImportWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        for pool in self._pools:
            pool.shutdown()
        if isinstance(error, BrokenProcessPool):
            raise WorkerEnded(
                "a worker was killed or broke down, and the others were stopped; run the same import again: what is "
                "stored already is recognised as duplicate"
            ) from error

    def import_lines(
        self,
        lines: Iterable[NumberedLine],
        customer_in: Callable[[bytes], UUID | None],
        tell: Callable[[Problem], None],
        progress: Progress,
    ) -> ImportReport:
        """Take the events of all lines in; `tell` hears of each line that was not taken."""
        reports: list[ImportReport] = []

        def hear(taken: Taken) -> None:
            report, problems = taken
            reports.append(report)
            for problem in problems:
                tell(problem)
            progress(report.read)

        shares = [_Share(pool, self._task, hear) for pool in self._pools]
        for line in lines:
            customer = customer_in(line[1])
            # Lines of nobody are the first worker's, so that each is told of once.
            at = 0 if customer is None else self._partition_of(customer) % len(shares)
            shares[at].add(line)
        for share in shares:
            share.hand_over()
        for share in shares:
            share.finish()
        return total(reports)

    def settle(self, progress: Progress) -> None:
        """End the sessions that are over and bring the views up to date, as far as no other process is about it."""
        running = {pool.submit(_settle, self._task): pool for pool in self._pools}
        while running:
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                pool = running.pop(done)
                if folded := done.result():
                    progress(folded)
                    running[pool.submit(_settle, self._task)] = pool


class _Share:
    """The lines of one worker, handed over a batch at a time."""

    def __init__(self, pool: ProcessPoolExecutor, task: Task, hear: Callable[[Taken], None]) -> None:
        self._pool, self._task, self._hear = pool, task, hear
        self._gathered: list[NumberedLine] = []
        self._handed_over: deque[Future[Taken]] = deque()

    def add(self, line: NumberedLine) -> None:
        self._gathered.append(line)
        if len(self._gathered) == BATCH:
            self.hand_over()

    def hand_over(self) -> None:
        if len(self._handed_over) == _AHEAD:
            self._hear(self._handed_over.popleft().result())
        self._handed_over.append(self._pool.submit(_import, self._task, self._gathered))
        self._gathered = []

    def finish(self) -> None:
        while self._handed_over:
            self._hear(self._handed_over.popleft().result())


# What follows runs in the workers.


class _Opened(NamedTuple):
    parts: Parts
    reader: LineReader
    held: ExitStack


def _begin(task: Task) -> None:
    end_with_parent()
    _opened(task)


@cache
def _opened(task: Task) -> _Opened:
    held = ExitStack()
    parts = held.enter_context(store(task.database))
    return _Opened(parts, held.enter_context(line_reader(task.form)), held)


def _import(task: Task, lines: list[NumberedLine]) -> Taken:
    parts, reader, _ = _opened(task)
    problems: list[Problem] = []
    return import_lines(parts.ingest, reader.read(lines), problems.append), problems


def _settle(task: Task) -> int:
    parts = _opened(task).parts
    parts.sweep.sweep_all(parts.clock)
    until = time.monotonic() + _TURN_SECONDS
    return parts.views.catch_up(stopping=lambda: time.monotonic() > until, wait=False)
