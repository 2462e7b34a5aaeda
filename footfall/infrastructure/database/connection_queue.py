"""A queue for connections: so many threads at once have one, and those who wait get one in the order in which they
came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from ...application.ports.errors import StoreBusy


class ConnectionQueue:
    """Permits to have a connection, given in the order in which threads ask. The pool itself gives a connection that
    comes back to whoever asks next, which is the thread that has just had it: of many busy threads some would wait
    until their time is up."""

    def __init__(self, permits: int, seconds: float, database: str) -> None:
        self.seconds, self._database = seconds, database
        self._free, self._lock = permits, Lock()
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def permit(self) -> Iterator[None]:
        """Hold a permit. Raises `StoreBusy` where none is free in time."""
        self._take()
        try:
            yield
        finally:
            with self._lock:
                self._give()

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            given = Lock()
            given.acquire()
            self._waiting.append(given)
        came = False
        try:
            came = given.acquire(timeout=self.seconds)
        finally:
            if not came:  # the time is up, or the thread was interrupted: nobody may give it a permit now
                self._leave(given)
        if not came:
            raise StoreBusy(f"every connection to {self._database} is in use; use fewer threads at once")

    def _leave(self, given: Lock) -> None:
        with self._lock:
            if given in self._waiting:
                self._waiting.remove(given)
            else:  # it came in this very moment
                self._give()

    def _give(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._free += 1
