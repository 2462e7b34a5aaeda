"""An import that several processes share. Each has partitions of its own: none waits for a lock of another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from types import TracebackType
from uuid import UUID

from ...engine.answers import ImportReport, Problem
from ...engine.arguments import BYTES_A_COMMIT
from ...engine.workers import LeashedPools, WorkerBroken, WorkerEnded, WorkerPool
from .worker import NumberedLine, Taken, Task, import_share, open_early, settle

_AHEAD = 4
"""At most this many batches wait for a worker."""


class ImportWorkers:
    """Processes for one import. All lines of a customer go to the one that the customer's partition belongs to."""

    def __init__(self, number: int, task: Task, partition_of: Callable[[UUID], int], *, fork: bool) -> None:
        self._task, self._partition_of = task, partition_of
        # A pool of one for each: whatever goes to a worker is done in its order.
        self._processes = LeashedPools(number, fork=fork)
        self._pools = self._processes.pools
        for pool in self._pools:
            pool.submit(open_early, task)

    def __enter__(self) -> ImportWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._processes.__exit__(kind, error, trace)
        if isinstance(error, WorkerBroken):
            raise WorkerEnded(
                f"{error}, and the others were stopped; run the same import again: what is stored already is "
                "recognised as duplicate"
            ) from error

    def import_lines(
        self,
        lines: Iterable[NumberedLine],
        customer_in: Callable[[bytes], UUID | None],
        tell: Callable[[Problem], None],
        progress: Callable[[int], None],
        *,
        at_once: int,
    ) -> ImportReport:
        """Take the events of all lines in, so many lines together; `tell` hears of each line that was not taken."""
        reports: list[ImportReport] = []

        def hear(taken: Taken) -> None:
            report, problems = taken
            reports.append(report)
            for problem in problems:
                tell(problem)
            progress(report.read)

        shares = [_Share(pool, self._task, hear, at_once) for pool in self._pools]
        for line in lines:
            customer = customer_in(line[1])
            # Lines of nobody are the first worker's, so that each is told of once.
            at = 0 if customer is None else self._partition_of(customer) % len(shares)
            shares[at].add(line)
        for share in shares:
            share.hand_over()
        for share in shares:
            share.finish()
        return ImportReport.total(reports)

    def settle(self, progress: Callable[[int], None]) -> None:
        """End the sessions that are over and bring the views up to date, as far as no other process is about it."""
        running = {pool.submit(settle, self._task): pool for pool in self._pools}
        while running:
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                pool = running.pop(done)
                if folded := done.result():
                    progress(folded)
                    running[pool.submit(settle, self._task)] = pool


class _Share:
    """The lines of one worker, handed over a batch at a time."""

    def __init__(self, pool: WorkerPool, task: Task, hear: Callable[[Taken], None], at_once: int) -> None:
        self._pool, self._task, self._hear, self._at_once = pool, task, hear, at_once
        self._gathered: list[NumberedLine] = []
        self._bytes = 0
        self._handed_over: deque[Future[Taken]] = deque()

    def add(self, line: NumberedLine) -> None:
        self._gathered.append(line)
        self._bytes += len(line[1])
        if len(self._gathered) == self._at_once or self._bytes >= BYTES_A_COMMIT:
            self.hand_over()

    def hand_over(self) -> None:
        if len(self._handed_over) == _AHEAD:
            self._hear(self._handed_over.popleft().result())
        self._handed_over.append(self._pool.submit(import_share, self._task, self._gathered))
        self._gathered, self._bytes = [], 0

    def finish(self) -> None:
        while self._handed_over:
            self._hear(self._handed_over.popleft().result())
