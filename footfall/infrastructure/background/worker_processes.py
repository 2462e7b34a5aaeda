"""Worker processes: how many a store can use, and how they end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread

from ...application.running.interruptions import held_back
from ...domain.errors import FootfallError, InvalidArgument
from ..log.event_log import EventLog


class WorkerEnded(FootfallError):
    """A worker was killed or broke down; the message says what became of the work, and what to do."""


def check_workers(workers: int, log: EventLog) -> None:
    """Raises `InvalidArgument` where a store cannot use so many workers."""
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


class Leash:
    """Holds worker processes: those that watch its `end` are gone soon after it is let go, or lost."""

    def __init__(self) -> None:
        self.end, self._held = get_context("spawn").Pipe(duplex=False)

    def let_go(self) -> None:
        """End the workers, whatever they are at; to their transactions that is as if they were killed."""
        self._held.send_bytes(b"")  # nobody takes it, so that everybody sees it


@contextmanager
def starting_workers() -> Iterator[None]:
    """Processes that are started meanwhile do not hear Ctrl-C, which a terminal sends to all: the one that started them
    decides how they end. It hears of any signal afterwards, since one that is started by half would complain."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        with held_back():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with_parent(*leashes: Connection) -> None:
    """Let this process get a SIGTERM when the one that started it is gone, however that ended, or lets go of a leash
    that it holds it on."""
    Thread(target=_watch_parent, args=leashes, name="footfall parent", daemon=True).start()


def _watch_parent(*leashes: Connection) -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel, *leashes])
        os.kill(os.getpid(), signal.SIGTERM)
