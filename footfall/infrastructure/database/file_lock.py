"""A lock between processes on a file: whoever is killed lets go of it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ...application.ports.errors import ForkedInTransaction
from ...application.running.forks import at_fork

GLANCE_SECONDS = 0.1


@contextmanager
def file_lock(path: str) -> Iterator[None]:
    """Wait for the lock, between processes and threads alike, and hold it."""
    lock = _FileLock(path)
    try:
        while not lock.taken():
            time.sleep(GLANCE_SECONDS)
        yield
    finally:
        lock.let_go()


class _FileLock:
    def __init__(self, path: str) -> None:
        self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        at_fork(self._in_child)

    def taken(self) -> bool:
        if self._file is None:
            raise ForkedInTransaction("the process was forked while it waited for its turn: begin anew in the child")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def let_go(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            fcntl.flock(file, fcntl.LOCK_UN)
            os.close(file)

    def _in_child(self) -> None:
        # The lock is the parent's, and would outlive it for as long as the child has the file open.
        if self._file is not None:
            os.close(self._file)
            self._file = None
