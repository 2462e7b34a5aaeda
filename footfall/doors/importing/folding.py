"""A process beside an import into SQLite: it folds what the import has taken in, into the file that the views have."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from types import TracebackType

from ...engine.workers import LeashedPools, WorkerBroken
from .worker import Task, fold, open_early

EVENTS_AT_ONCE = 8_000
"""Fold after so many events: to fold few of them at a time costs more than the second process gains."""


class Folding:
    """Has a process fold while this one takes in. Whatever it leaves undone, as when it is killed, is folded afterwards
    by whoever brings the views up to date; `tell` hears of it."""

    def __init__(self, task: Task, tell: Callable[[str], None], *, fork: bool) -> None:
        self._task, self._tell = task, tell
        self._processes = LeashedPools(1, fork=fork)
        (self._pool,) = self._processes.pools
        self._under_way: Future[int] | None = None
        self._waiting, self._ended = 0, False
        self._pool.submit(open_early, task)

    def __enter__(self) -> Folding:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._processes.__exit__(kind, error, trace)
        if error is None:  # else it was let go, which is no news
            self._look()

    def taken_in(self, events: int) -> None:
        """Hear that so many more events are in the log."""
        self._waiting += events
        if self._waiting >= EVENTS_AT_ONCE:
            self._fold()

    def fold_the_rest(self) -> None:
        """Fold what waits, however little it is."""
        if self._waiting:
            self._fold()

    def _fold(self) -> None:
        if self._under_way is not None and not self._under_way.done():
            return
        self._look()
        if not self._ended:
            self._waiting = 0
            self._under_way = self._pool.submit(fold, self._task)

    def _look(self) -> None:
        done, self._under_way = self._under_way, None
        if done is None or not isinstance(error := done.exception(), Exception):
            return
        self._ended = self._ended or isinstance(error, WorkerBroken)
        self._tell(f"{error}; the views are brought up to date afterwards")
