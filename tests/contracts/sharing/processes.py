"""Other processes on the same store, started together."""

from __future__ import annotations

import json
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from tests.contracts.sharing import worker as program
from tests.forked import Forked


class Worker:
    """A process that runs a command of `worker.py`. It waits before its work until it is told to `go`."""

    def __init__(self, command: str, url: str, *arguments: str) -> None:
        self.process = Forked(program.main, command, url, *arguments)

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.__exit__(kind, error, trace)

    def line(self) -> str:
        """The next line that it prints; nothing when it has ended."""
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        """Let it start its work."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """What it answered; fails with what it printed to stderr if it did not end well."""
        out, err = self.process.communicate()
        assert self.process.poll() == 0, err
        return json.loads(out.splitlines()[-1])


def together(*workers: Worker) -> list[Any]:
    """Let workers start at the same moment; what each of them answered."""
    with ExitStack() as running:
        for worker in workers:
            running.enter_context(worker)
        for worker in workers:
            assert worker.line() == "ready", worker.process.communicate()[1]
        for worker in workers:
            worker.go()
        return [worker.answer() for worker in workers]
