"""The live table of a run, and its report: a pytest plugin."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .tally import SEED, TALLY, Tally

_COLUMNS = ("cycles", "acknowledged", "lost", "doubled", "differences")


class Entry:
    """A test of the suite: its tally, how it ended, how long it took."""

    def __init__(self, item: pytest.Item) -> None:
        file, _, test = item.nodeid.rpartition("/")[2].partition("::")
        self.name = f"{file.removeprefix('test_').removesuffix('.py')}: {test.removeprefix('test_')}".replace("_", " ")
        self.item, self.outcome, self.started, self.seconds = item, "running", time.monotonic(), 0.0
        self.why = ""

    @property
    def tally(self) -> Tally:
        """What it has counted by now."""
        return self.item.stash.get(TALLY, Tally())

    def document(self) -> dict[str, Any]:
        """The entry as the report holds it."""
        about = {"scenario": self.name, "outcome": self.outcome, "seconds": round(self.seconds, 1)}
        return {**about, **self.tally.figures(), "seen": self.tally.seen, "why": self.why}


class LiveTable:
    """Shows every scenario as it goes, and writes `torture.md` and `torture.json` at the end."""

    def __init__(self, console: Console, folder: Path) -> None:
        self._console, self._folder = console, folder
        self._entries: list[Entry] = []
        self._seed = 0
        self._live = Live(console=console, get_renderable=self._table, refresh_per_second=2, transient=True)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Begin to draw."""
        self._seed = session.config.stash[SEED]
        self._console.print(f"seed {self._seed}")
        if self._console.is_terminal:
            self._live.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A scenario begins and ends."""
        entry = Entry(item)
        self._entries.append(entry)
        result = yield
        entry.seconds = time.monotonic() - entry.started
        if not self._console.is_terminal:
            self._console.print(_line(entry), markup=False)
        return result

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read is told of at once."""
        if report.failed:
            self._console.print(report.longreprtext, markup=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A part of a scenario has ended: its preparation, itself, its tidying up."""
        entry = self._entries[-1]
        if report.failed:
            entry.outcome, entry.why = "failed", report.longreprtext
        elif report.skipped:
            entry.outcome, entry.why = "skipped", report.longreprtext
        elif entry.outcome == "running" and report.when == "call":
            entry.outcome = "passed"

    def pytest_sessionfinish(self) -> None:
        """Stop drawing, print the whole table once, and write the report."""
        if self._console.is_terminal:
            self._live.stop()
        self._console.print(self._table())
        for entry in self._entries:
            if entry.outcome == "failed":
                self._console.print(f"\n{entry.name} failed:\n{entry.why}", markup=False)
        self._report()

    def _table(self) -> Table:
        table = Table(title=f"torture, seed {self._seed}")
        for heading in ("scenario", *_COLUMNS, "seconds", "outcome"):
            table.add_column(heading, justify="left" if heading in ("scenario", "outcome") else "right")
        for entry in self._entries:
            table.add_row(*map(Text, _cells(entry)))
        return table

    def _report(self) -> None:
        documents = [entry.document() for entry in self._entries]
        machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
        whole = {"seed": self._seed, "machine": machine, "scenarios": documents}
        (self._folder / "torture.json").write_text(json.dumps(whole, indent=2) + "\n")
        head = ["scenario", *_COLUMNS, "seconds", "outcome"]
        lines = [" | ".join(head), " | ".join(["---"] * len(head)), *(" | ".join(_cells(one)) for one in self._entries)]
        text = "\n".join(f"| {line} |" for line in lines)
        (self._folder / "torture.md").write_text(f"# Torture\n\nSeed {self._seed}; {machine}.\n\n{text}\n")


def _cells(entry: Entry) -> list[str]:
    figures = entry.tally.figures()
    seconds = entry.seconds or time.monotonic() - entry.started
    return [entry.name, *(f"{figures[name]:,}" for name in _COLUMNS), f"{seconds:.1f}", entry.outcome]


def _line(entry: Entry) -> str:
    figures = ", ".join(f"{name} {value:,}" for name, value in entry.tally.figures().items())
    return f"{entry.outcome:7} {entry.name}: {figures}; {entry.seconds:.1f} s"
