"""The program in a process of its own that is told to stop, at a moment of the test's choice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]

PROGRAM = (sys.executable, "-m", "footfall")
UNPROTECTED = (sys.executable, "-c", "from footfall.doors.cli.app import run_program; run_program()")
"""The same without what listens to signals."""
PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.002
_ASK_SECONDS = 0.02


class End(NamedTuple):
    """How the program ended: exit status, standard error, and how many processes that it had started stayed behind."""

    status: int
    err: str
    left_behind: int = 0


class Signalled:
    """Starts the program; nobody reads what it prints, and its standard input stays open."""

    def __init__(self, *arguments: str, program: tuple[str, ...] = PROGRAM) -> None:
        self._err = TemporaryFile()  # noqa: SIM115  # closed with the end
        self._process = subprocess.Popen(
            [*program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._err
        )

    def hand_in(self, text: str) -> None:
        """Write to its standard input, which stays open."""
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        self._process.stdin.flush()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def listens(self) -> bool:
        """Wait until its first step that is ours, which is to listen to SIGTERM; whether it came to that. What Python
        does before, nobody can change."""
        while self.runs:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
            if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
                return True
            time.sleep(_LOOK_SECONDS)
        return False

    def opens(self, path: str) -> bool:
        """Wait until it has opened a file; whether it came to that."""
        files = Path(f"/proc/{self._process.pid}/fd")
        return self.waits_for(lambda: any(_leads_to(file, path) for file in files.iterdir()))

    def waits_for(self, condition: Callable[[], object]) -> bool:
        """Wait for a moment of its work; whether it came to that."""
        while not condition():
            if not self.runs:
                return False
            time.sleep(_ASK_SECONDS)
        return True

    def stop(self, number: int, *, again_and_again: bool = False) -> End:
        """Send a signal, and more of them until it has ended where that is asked for."""
        family = psutil.Process(self._process.pid).children(recursive=True)
        self._process.send_signal(number)
        while again_and_again and self.runs:
            time.sleep(_LOOK_SECONDS)
            self._process.send_signal(number)
        return self.end(family)

    def end(self, family: Sequence[psutil.Process] = ()) -> End:
        """Wait until it has ended, and the processes that it has started."""
        assert self._process.stdin is not None
        with self._err, self._process, self._process.stdin:
            try:
                status = self._process.wait(PATIENCE_SECONDS)
            finally:
                self._process.kill()
            left = psutil.wait_procs(family, PATIENCE_SECONDS)[1]
            self._err.seek(0)
            return End(status, self._err.read().decode(), len(left))


def _leads_to(descriptor: Path, path: str) -> bool:
    try:
        return os.path.realpath(descriptor) == path
    except OSError:  # it was closed meanwhile
        return False
