"""One watch of the log for all asynchronous subscriptions of an engine, which tells those that wait when it grows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from threading import Lock, Thread, current_thread

from ..application.ports.errors import EngineClosed, StoreBusy, StoreUnavailable
from ..application.ports.following import Wakeup
from ..application.reading.subscription import OUT_OF_REACH, Pace
from ..application.running.forks import at_fork
from ..application.running.loggers import SUBSCRIPTIONS
from ..application.running.throttle import Throttle
from ..domain.errors import FootfallError

LOOK_SECONDS = 0.3
"""Look at the log after this many seconds without a wake-up, which can be lost."""
LINGER_SECONDS = 0.3
"""End the thread, and with it its connection, once nobody has waited for this many seconds."""
WARNING_SECONDS = 1.0


class _Waiter:
    """A task that waits for the log to be beyond what it has read; `only`: of one partition."""

    def __init__(self, reached: Mapping[int, int], only: int | None) -> None:
        self._loop = asyncio.get_running_loop()
        self.woken: asyncio.Future[None] = self._loop.create_future()
        self._reached, self._only = reached, only

    def is_behind(self, heads: Mapping[int, int]) -> bool:
        if self._only is not None:
            return heads.get(self._only, 0) > self._reached[self._only]
        return any(heads.get(partition, 0) > position for partition, position in self._reached.items())

    def wake(self) -> None:
        """From whichever thread."""
        with suppress(RuntimeError):  # its loop is closed, and the task with it
            self._loop.call_soon_threadsafe(self._rise)

    def _rise(self) -> None:
        if not self.woken.done():
            self.woken.set_result(None)


class LogWatch:
    """Looks at the heads of the log while anybody waits: in one thread, with one connection that listens where the
    database notifies."""

    def __init__(self, heads: Callable[[], Mapping[int, int]], wakeup: Callable[[], Wakeup]) -> None:
        self._read_heads, self._wakeup = heads, wakeup
        self._closed = False
        self._make_anew()
        at_fork(self._make_anew)

    def _make_anew(self) -> None:
        self._lock = Lock()
        self._waiting: set[_Waiter] = set()
        self._heads: Mapping[int, int] = {}
        self._thread: Thread | None = None
        self._wanted_at = 0.0

    async def wait_beyond(self, reached: Mapping[int, int], only: int | None) -> None:
        """Return when the log is beyond these positions, in `only` one partition where it is said; or for nothing."""
        waiter = _Waiter(reached, only)
        with self._lock:
            if self._closed or waiter.is_behind(self._heads):
                return
            self._waiting.add(waiter)
            if self._thread is None:
                self._thread = Thread(target=self._watch, name="footfall log watch", daemon=True)
                self._thread.start()
        try:
            await waiter.woken
        finally:
            with self._lock:
                self._waiting.discard(waiter)

    def close(self) -> None:
        """Let nobody wait any more."""
        self._closed = True
        self._wake(lambda _: True)

    def _watch(self) -> None:
        moved, pace, told = False, Pace(), Throttle(WARNING_SECONDS)
        try:
            with closing(self._wakeup()) as wakeup:
                while self._is_wanted():
                    wakeup.wait(pace.seconds(LOOK_SECONDS, moved=moved))
                    moved = self._look(told)
        except EngineClosed:
            self.close()
        except FootfallError:
            pass  # such as a database that was dropped: see below
        finally:
            self._end()

    def _is_wanted(self) -> bool:
        now = time.monotonic()
        with self._lock:
            if self._waiting and not self._closed:
                self._wanted_at = now
            if not self._closed and now - self._wanted_at < LINGER_SECONDS:
                return True
            self._thread = None
            return False

    def _end(self) -> None:
        # Whoever waits although this has failed looks for itself, and meets with the same failure.
        with self._lock:
            if self._thread is not current_thread():
                return
            self._thread = None
        self._wake(lambda _: True)

    def _look(self, told: Throttle) -> bool:
        try:
            heads = self._read_heads()
        except (StoreUnavailable, StoreBusy) as error:
            if told.ready():
                SUBSCRIPTIONS.warning(OUT_OF_REACH, error)
            return False
        moved, self._heads = heads != self._heads, heads
        self._wake(lambda waiter: waiter.is_behind(heads))
        return moved

    def _wake(self, meant: Callable[[_Waiter], bool]) -> None:
        with self._lock:
            woken = {waiter for waiter in self._waiting if meant(waiter)}
            self._waiting -= woken
        for waiter in woken:
            waiter.wake()
