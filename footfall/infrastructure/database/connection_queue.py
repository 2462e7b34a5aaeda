"""Who may have a connection, in the order in which threads ask; and nobody, while the process forks."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from threading import Lock, RLock, get_ident

from ...application.ports.errors import EngineClosed, StoreBusy
from ...application.running.withdrawal import withdrawal

_GLANCE_SECONDS = 0.001
_LASTING = 0
"""Stands for the thread of a permit that may be held for minutes; no thread has this number."""


class Permit:
    """A permit of a `ConnectionQueue` to have a connection."""

    __slots__ = ("_held", "_queue", "_taken", "_thread")

    def __init__(self, queue: ConnectionQueue, thread: int) -> None:
        self._queue, self._thread, self._held = queue, thread, queue.held
        self._taken: list[bool] = []

    def take(self) -> None:
        """Wait for it. Raises `StoreBusy` where none is free in time, `EngineClosed` and `CallWithdrawn`; it is to be
        given back in any case."""
        self._queue.take(self._taken)
        self._held.append(self._thread)

    def give_back(self) -> None:
        """Let another thread have it."""
        if self._taken and self._held is self._queue.held:  # in a child the permit is its parent's
            with suppress(ValueError):  # interrupted before it was noted
                self._held.remove(self._thread)
            self._queue.give()

    def __enter__(self) -> None:
        try:
            self.take()
        except BaseException:
            self.give_back()
            raise

    def __exit__(self, *_: object) -> None:
        self.give_back()


class ConnectionQueue:
    """Permits to have a connection, given in the order in which threads ask. Without it a connection that comes back
    would be taken by whoever asks next, which is the thread that has just had it: of many busy threads some would wait
    until their time is up."""

    def __init__(self, permits: int, seconds: float, database: str) -> None:
        self.seconds, self._database, self.permits = seconds, database, permits
        self._closed = False
        self.make_anew()

    def make_anew(self) -> None:
        """Take every permit back, also from threads that are not in this process."""
        # Of a thread itself, for a signal may be handled, and the process forked, while it holds the lock.
        self._lock = RLock()
        self._free, self._forks, self._forks_begun = self.permits, 0, 0
        self._waiting: deque[Lock] = deque()
        self.held: list[int] = []

    @property
    def taken(self) -> int:
        """How many permits are held."""
        return self.permits - self._free

    @property
    def waiting(self) -> int:
        """How many threads wait for one."""
        return len(self._waiting)

    def permit(self, *, lasting: bool = False) -> Permit:
        """A permit, held by whoever enters it. A `lasting` one may be held for minutes without a transaction: no fork
        waits for it."""
        return Permit(self, _LASTING if lasting else get_ident())

    def close(self) -> None:
        """Give no more permits; who waits for one is told."""
        self._closed = True
        with self._lock:
            while self._waiting:
                self._waiting.popleft().release()

    def hold_back(self, seconds: float) -> bool:
        """Give no more permits until `go_on`, and wait until those that are held are given back, but for lasting ones;
        tells whether they were. A thread that holds one itself does not wait."""
        with self._lock:
            self._forks += 1
            self._forks_begun += 1
        deadline = time.monotonic() + seconds
        while (quiet := self._is_quiet()) is False and get_ident() not in self.held and time.monotonic() < deadline:
            time.sleep(_GLANCE_SECONDS)
        return quiet

    def go_on(self) -> None:
        """Give permits again."""
        with self._lock:
            self._forks -= 1
            while self._free > 0 and not self._forks and self._waiting:
                self._free -= 1
                self._waiting.popleft().release()

    def _is_quiet(self) -> bool:
        with self._lock:
            return self.taken == self.held.count(_LASTING)

    def take(self, taken: list[bool]) -> None:
        """Wait for a permit. Raises `StoreBusy`, `EngineClosed` and `CallWithdrawn`."""
        # What is noted first is given back, wherever the thread is interrupted.
        with self._lock:
            self._check_wanted()
            if self._free > 0 and not self._forks:
                taken.append(True)
                self._free -= 1
                return
            given = Lock()
            given.acquire()
            self._waiting.append(given)
        came, known = False, -1
        try:
            while not came and (self._forks or self._forks_begun != known):  # a fork takes nothing from its time
                known = self._forks_begun
                came = given.acquire(timeout=self.seconds)
        finally:
            if came:
                taken.append(True)
            else:  # the time is up, or the thread was interrupted: nobody may give it a permit now
                self._leave(given)
        self._check_wanted()
        if not came:
            raise StoreBusy(f"every connection to {self._database} is in use; use fewer threads at once")

    def check_open(self) -> None:
        """Raises `EngineClosed`."""
        if self._closed:
            raise EngineClosed(f"the engine on {self._database} is closed: open another one")

    def _check_wanted(self) -> None:
        if self._closed:
            self.check_open()
        if (current := withdrawal()) is not None:
            current.check()

    def _leave(self, given: Lock) -> None:
        with self._lock:
            if given in self._waiting:
                self._waiting.remove(given)
            elif not given.locked():  # it came in this very moment
                self.give()

    def give(self) -> None:
        """Give a permit to whoever waits for one."""
        with self._lock:
            if self._waiting and not self._forks:
                self._waiting.popleft().release()
            else:
                self._free += 1
