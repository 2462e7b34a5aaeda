"""Processes that are killed at their work: forked from one that has loaded everything, so that a thousand are cheap."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.torture.faults.preloaded"])
PATIENCE_SECONDS = 60.0


class Child:
    """A process that runs `work(say, *arguments)`; whatever it passes to `say` is heard here. Killed on leaving."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._heard, told = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_run, args=(work, told, arguments), daemon=True)
        self._process.start()
        told.close()  # so that its end is heard here, too

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def alive(self) -> bool:
        """Whether it is still at work."""
        return self._process.is_alive()

    def hear(self, within: float = PATIENCE_SECONDS) -> Any:
        """The next thing that it says; fails when it says nothing in time, and raises `EOFError` when it has ended."""
        assert self._heard.poll(within), "the process says nothing"
        return self._heard.recv()

    def says_more(self, within: float) -> bool:
        """Whether it says something more in time."""
        return self._heard.poll(within)

    def heard(self) -> list[Any]:
        """All that it has said and nobody has heard yet."""
        said = []
        while self._heard.poll(0):
            try:
                said.append(self._heard.recv())
            except (EOFError, OSError):
                break
        return said

    def kill(self, after: float = 0.0) -> bool:
        """SIGKILL, after so many seconds; whether it was still at work then."""
        time.sleep(after)
        was_alive = self.alive
        if self._process.pid is not None and was_alive:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join(PATIENCE_SECONDS)
        return was_alive

    def ends_well(self, within: float = PATIENCE_SECONDS) -> bool:
        """Wait until it has ended; whether it came to the end of its work."""
        self._process.join(within)
        return self._process.exitcode == 0

    def is_killed(self, within: float = PATIENCE_SECONDS) -> bool:
        """Wait until it has ended; whether that was by SIGKILL."""
        self._process.join(within)
        return self._process.exitcode == -signal.SIGKILL


def _run(work: Callable[..., None], told: Connection, arguments: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that runs the tests
    work(told.send, *arguments)
