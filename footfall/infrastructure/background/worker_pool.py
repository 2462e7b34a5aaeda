"""Worker processes that carry calls out, each one at a time.

They are spawned, or forked from this process. A spawned one loads the program first, as long as a short import takes;
a forked one is there at once, but forking is right only where no other thread of this process is at work.
"""

from __future__ import annotations

import signal
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from traceback import format_exception
from typing import Any, ParamSpec, TypeVar

from .leash import Leash, end_of, end_with_parent, starting_workers

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


class WorkerBroken(Exception):
    """A worker ended in the middle of its work, or could not begin it; the message says which and how."""


class WorkerPool:
    """So many processes on a leash. Their threads here begin with the first call, so that after one pool another can be
    forked."""

    def __init__(self, number: int, leash: Leash, *, fork: bool) -> None:
        with starting_workers():
            self._workers = [_Worker(leash.end, fork=fork) for _ in range(number)]
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(number, "footfall workers")

    def submit(
        self, function: Callable[_Given, _Answer], *arguments: _Given.args, **named: _Given.kwargs
    ) -> Future[_Answer]:
        """Have the next process that is free call a function. The answer is what it returns, or raises; `WorkerBroken`
        if the process ends meanwhile."""
        return self._threads.submit(self._call, function, arguments, named)

    def close(self) -> None:
        """Wait for the calls that were handed in, and for the end of the processes."""
        self._threads.shutdown()
        for worker in self._workers:
            worker.end()

    def _call(self, *order: Any) -> Any:
        worker = self._free.get()
        try:
            return worker.call(order)
        finally:
            self._free.put(worker)


class _Worker:
    def __init__(self, leash: Connection, *, fork: bool) -> None:
        context: Any = get_context("fork" if fork else "spawn")
        self._line, other_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(other_end, leash), daemon=True)
        with other_end:
            _start(self._process)

    def call(self, order: tuple[Any, ...]) -> Any:
        try:
            self._line.send(order)
            answer, error = self._line.recv()
        except (EOFError, OSError) as broken:
            self._process.join()
            raise WorkerBroken(f"worker {self._process.pid} {end_of(self._process.exitcode)}") from broken
        if error is not None:
            raise error
        return answer

    def end(self) -> None:
        with suppress(OSError):  # it has ended already
            self._line.send(None)
        self._process.join()
        self._line.close()


def _start(process: BaseProcess) -> None:
    # A forked one inherits how this process hears of signals: it hears of none before it has its own way.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        with warnings.catch_warnings():
            # Python 3.12 warns of forking beside other threads, whatever those do.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# What follows runs in the workers.


def _serve(line: Connection, leash: Connection) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    end_with_parent(leash)
    while (order := line.recv()) is not None:
        line.send(_carried_out(*order))


def _carried_out(
    function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]
) -> tuple[Any, Exception | None]:
    try:
        return function(*arguments, **named), None
    except Exception as error:
        error.add_note("".join(format_exception(error)))
        return None, error
