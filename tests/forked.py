"""Processes that cost a hundredth of a fresh interpreter: forked from one that has loaded the whole package.

Each is a process of its own, with streams, signals and an exit status; only the start of Python is not in it.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO, Any

CONTEXT = multiprocessing.get_context("forkserver")
PATIENCE_SECONDS = 300.0
"""Time enough for whatever must end at all, on a machine that is busy with other things."""

_preloaded: list[str] = []


def preload(module: str) -> None:
    """Have a module loaded by what processes are forked from; to be said before the first is."""
    _preloaded.append(module)
    CONTEXT.set_forkserver_preload(_preloaded)


preload("tests.preloaded")


class Forked:
    """A process that runs `main(*arguments)` in a folder, whose standard streams are pipes to this one. Killed on
    leaving."""

    def __init__(self, main: Callable[..., None], *arguments: Any, folder: Path | None = None) -> None:
        (theirs_in, ours_in), (ours_out, theirs_out), (ours_err, theirs_err) = (CONTEXT.Pipe(False) for _ in range(3))
        pipes = (theirs_in, theirs_out, theirs_err)
        where = str(folder or Path.cwd())
        self._process = CONTEXT.Process(target=_run, args=(pipes, dict(os.environ), where, main, arguments))
        self._process.start()
        for pipe in pipes:
            pipe.close()  # so that the end of the process is the end of its streams
        self.stdin, self.stdout, self.stderr = _opened(ours_in, "w"), _opened(ours_out, "r"), _opened(ours_err, "r")

    def __enter__(self) -> Forked:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._process.join()
        self._tell("")
        for stream in (self.stdout, self.stderr):
            stream.close()

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit status, negative where it was a signal; None as long as it runs."""
        return self._process.exitcode

    def wait(self) -> int:
        """The exit status, once it has ended."""
        self._process.join(PATIENCE_SECONDS)
        status = self.poll()
        assert status is not None, "the process does not end"
        return status

    def communicate(self, text: str = "") -> tuple[str, str]:
        """Give it a text to read and wait until it has ended; what it printed to stdout and to stderr."""
        with ThreadPoolExecutor(3) as readers:
            told = readers.submit(self._tell, text)
            printed = [readers.submit(stream.read) for stream in (self.stdout, self.stderr)]
            told.result()
            out, err = (one.result(PATIENCE_SECONDS) for one in printed)
        self.wait()
        return out, err

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        with suppress(ProcessLookupError):  # it ends at this very moment
            if self.poll() is None:
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _tell(self, text: str) -> None:
        # It may end without having read all.
        if not self.stdin.closed:
            with suppress(BrokenPipeError), self.stdin:
                self.stdin.write(text)


def _opened(end: Connection, mode: str) -> IO[str]:
    with end:
        return os.fdopen(os.dup(end.fileno()), mode)


def _run(
    pipes: tuple[Connection, ...], environment: dict[str, str], folder: str, main: Callable[..., None], arguments: Any
) -> None:
    for number, pipe in enumerate(pipes):
        os.dup2(pipe.fileno(), number)
        pipe.close()
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    try:
        main(*arguments)
    finally:
        atexit._run_exitfuncs()  # what a fork from a server of forks leaves out, and a program does
