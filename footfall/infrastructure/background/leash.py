"""Worker processes on a leash: how they are started, and how they end.

A worker that starts imports this before all else, so that it takes no time: it may have to end at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread

from ...application.running.interruptions import held_back


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


def end_of(exitcode: int | None) -> str:
    """What is told of how a process ended."""
    if exitcode is not None and exitcode < 0:
        return f"was ended by {signal.Signals(-exitcode).name}"
    return f"ended with exit status {exitcode}"
