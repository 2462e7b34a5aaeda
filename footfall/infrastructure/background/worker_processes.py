"""Worker processes: how many a store can use, and how they end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from threading import Thread

from ...domain.errors import FootfallError, InvalidArgument
from ..log.event_log import EventLog


class WorkerEnded(FootfallError):
    """A worker was killed or broke down; the message says what became of the work, and what to do."""


def check_workers(workers: int, log: EventLog) -> None:
    """Raises `InvalidArgument` for a number of workers that a store cannot use."""
    if workers < 1:
        raise InvalidArgument(f"there must be at least one worker, not {workers}")
    if workers > 1 and log.database.dialect.one_writer:
        raise InvalidArgument(
            f"{workers} workers need PostgreSQL: a SQLite store has one partition and one writer at a time, so that "
            "the others would only wait"
        )
    if workers > log.partitions:
        raise InvalidArgument(
            f"{workers} workers are more than the {log.partitions} partitions that this store was created with, "
            "and each of them is one worker's at a time"
        )


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile do not hear Ctrl-C, which a terminal sends to all: the one that started them
    decides how they end. It hears of it afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent() -> None:
    """Let this process get a SIGTERM when the one that started it is gone, however that ended."""
    Thread(target=_watch_parent, name="footfall parent", daemon=True).start()


def _watch_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
