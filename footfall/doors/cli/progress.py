"""A progress bar with rate and time left, for work longer than a second, on a terminal only."""

from __future__ import annotations

import time
from types import TracebackType

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from .output import errors

_PATIENCE_SECONDS = 1.0


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Rows a second."""
        rows, seconds = task.fields["rows"], task.elapsed or 0
        return Text(f"{rows / seconds:,.0f} rows/s" if seconds else "")


class LongWork:
    """Shows how far a work is; `total` is what `advance` adds up to, None where nobody knows."""

    def __init__(self, what: str, total: int | None = None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
        )
        self._task = self._progress.add_task(what, total=total, rows=0)
        self._began = time.monotonic()
        self._rows = 0

    def __enter__(self) -> LongWork:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress.live.is_started:
            self._progress.stop()

    def advance(self, rows: int, completed: int | None = None) -> None:
        """Count `rows` more as done; `completed` where the total is counted in something else."""
        self._rows += rows
        if errors.is_terminal and time.monotonic() - self._began > _PATIENCE_SECONDS:
            self._progress.start()
            done = self._rows if completed is None else completed
            self._progress.update(self._task, completed=done, rows=self._rows)
