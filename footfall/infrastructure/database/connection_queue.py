"""Who may have a connection, in the order in which threads ask; and nobody, while the process forks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock, get_ident

from ...application.ports.errors import EngineClosed, StoreBusy
from ...application.running.withdrawal import withdrawal

_GLANCE_SECONDS = 0.001
_LASTING = 0
"""Stands for the thread of a permit that may be held for minutes; no thread has this number."""


class ConnectionQueue:
    """Permits to have a connection, given in the order in which threads ask. The pool itself gives a connection that
    comes back to whoever asks next, which is the thread that has just had it: of many busy threads some would wait
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
        self._held: list[int] = []

    @property
    def taken(self) -> int:
        """How many permits are held."""
        return self.permits - self._free

    @property
    def waiting(self) -> int:
        """How many threads wait for one."""
        return len(self._waiting)

    @contextmanager
    def permit(self, *, lasting: bool = False) -> Iterator[None]:
        """Hold a permit. Raises `StoreBusy` where none is free in time, `EngineClosed` and `CallWithdrawn`. A
        `lasting` one may be held for minutes without a transaction: no fork waits for it."""
        thread = _LASTING if lasting else get_ident()
        held, taken = self._held, list[bool]()
        try:
            self._take(taken)
            held.append(thread)
            yield
        finally:
            if taken and held is self._held:  # in a child the permit is its parent's
                if thread in held:
                    held.remove(thread)
                with self._lock:
                    self._give()

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
        while (quiet := self._is_quiet()) is False and get_ident() not in self._held and time.monotonic() < deadline:
            time.sleep(_GLANCE_SECONDS)
        return quiet

    def go_on(self) -> None:
        """Give permits again."""
        with self._lock:
            self._forks -= 1
            while self._may_give() and self._waiting:
                self._free -= 1
                self._waiting.popleft().release()

    def _is_quiet(self) -> bool:
        with self._lock:
            return self.taken == self._held.count(_LASTING)

    def _may_give(self) -> bool:
        return self._free > 0 and not self._forks

    def _take(self, taken: list[bool]) -> None:
        # What is noted first is given back, wherever the thread is interrupted.
        with self._lock:
            self._check_wanted()
            if self._may_give():
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
        self.check_open()
        if (current := withdrawal()) is not None:
            current.check()

    def _leave(self, given: Lock) -> None:
        with self._lock:
            if given in self._waiting:
                self._waiting.remove(given)
            elif not given.locked():  # it came in this very moment
                self._give()

    def _give(self) -> None:
        if self._waiting and not self._forks:
            self._waiting.popleft().release()
        else:
            self._free += 1
