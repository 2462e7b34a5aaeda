"""Other processes on the same store, started together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

PATIENCE_SECONDS = 120


class Worker:
    """A process that runs a command of `worker.py`. It waits before its work until it is told to `go`."""

    def __init__(self, command: str, url: str, *arguments: str) -> None:
        script = str(Path(__file__).with_name("worker.py"))
        self.process = subprocess.Popen(
            [sys.executable, script, command, url, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def line(self) -> str:
        """The next line that it prints; nothing when it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        """Let it start its work."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """What it answered; fails with what it printed to stderr if it did not end well."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 0, err
        return json.loads(out.splitlines()[-1])


def together(*workers: Worker) -> list[Any]:
    """Let workers start at the same moment; what each of them answered."""
    try:
        for worker in workers:
            assert worker.line() == "ready", worker.process.communicate()[1]
        for worker in workers:
            worker.go()
        return [worker.answer() for worker in workers]
    finally:
        for worker in workers:
            worker.__exit__(None, None, None)
