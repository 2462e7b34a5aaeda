"""A supervisor: several processes at the same work, of which one that ends is started again."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from typing import Any

from ...application.running.loggers import WORKERS
from .leash import end_of, starting_workers
from .scheduler import STOP_SECONDS

PAUSE_SECONDS = 1.0
"""Wait this long before a process is started again: one that fails at once does not keep the machine busy."""

_WELL = (0, -signal.SIGTERM)  # the latter where it is told to stop before it listens


class Supervisor:
    """Runs `work` in `number` processes. Its arguments reach them through a pipe, not on a command line."""

    def __init__(self, number: int, work: Callable[..., object], *arguments: Any) -> None:
        self._context = get_context("spawn")
        self._work, self._arguments = work, arguments
        self._starts = [time.monotonic()] * number
        self._running: list[SpawnProcess] = []

    def watch(self) -> None:
        """Start the processes whose moment has come, and note those that have ended."""
        now = time.monotonic()
        for process in [process for process in self._running if process.exitcode is not None]:
            self._running.remove(process)
            self._starts.append(now + PAUSE_SECONDS)
            WORKERS.error(
                "worker %d %s; another takes its place in %g s", process.pid, end_of(process.exitcode), PAUSE_SECONDS
            )
        starting = [moment for moment in self._starts if moment <= now]
        self._starts = [moment for moment in self._starts if moment > now]
        for _ in starting:
            process = self._context.Process(target=self._work, args=self._arguments)
            with starting_workers():
                process.start()
            self._running.append(process)

    def stop(self, within_seconds: float = STOP_SECONDS) -> bool:
        """Tell all to stop, and kill those that do not in time; tells whether every one ended well."""
        for process in self._running:
            process.terminate()
        deadline = time.monotonic() + within_seconds
        for process in self._running:
            process.join(max(0.0, deadline - time.monotonic()))
        for process in self._running:
            process.kill()
            process.join()
        return all(process.exitcode in _WELL for process in self._running)
