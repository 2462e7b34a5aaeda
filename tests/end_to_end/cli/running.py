"""The program in a process of its own that goes on until it is stopped; its output is read as it comes."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import IO, Any

from tests.end_to_end.cli.program import as_program
from tests.forked import PATIENCE_SECONDS, Forked


class Lines:
    """The lines of a stream, read by a thread so that the process never waits for its reader."""

    def __init__(self, stream: IO[str]) -> None:
        self._lines: Queue[str | None] = Queue()
        self._thread = Thread(target=self._read, args=[stream], daemon=True)
        self._thread.start()

    def next(self, within: float = PATIENCE_SECONDS) -> str:
        """The next line; fails when none comes in time."""
        line = self._lines.get(timeout=within)
        assert line is not None, "the process has ended"
        return line

    def next_if_any(self, within: float) -> str:
        """The next line; nothing when none comes in time."""
        try:
            return self.next(within)
        except Empty:
            return ""

    def next_with(self, text: str) -> str:
        """The next line that holds a text; those before it are passed over."""
        while text not in (line := self.next()):
            pass
        return line

    def rest(self) -> list[str]:
        """All that is left, when the process has ended."""
        return list(iter(self._lines.get, None))

    def wait(self) -> None:
        """Wait for the last of them."""
        self._thread.join(PATIENCE_SECONDS)

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


class Running:
    """The program with a command such as `run` or `tail`; killed on leaving, if it has not been stopped."""

    def __init__(self, *arguments: str, main: Callable[..., None] = as_program) -> None:
        self._process = Forked(main, *arguments)
        self.out, self.err = Lines(self._process.stdout), Lines(self._process.stderr)

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        for lines in (self.out, self.err):
            lines.wait()
        self._process.__exit__(kind, error, trace)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def document(self) -> Any:
        """The next line on standard output, which is a JSON document."""
        return json.loads(self.out.next())

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; the exit status."""
        self._process.send_signal(number)
        return self._process.wait()

    def ended(self) -> int:
        """The exit status of a process that ends by itself."""
        return self._process.wait()
