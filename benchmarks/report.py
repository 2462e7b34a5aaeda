"""Showing figures: tables on the screen and, when they are to be kept, in the README."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .measure import Row

README = Path(__file__).with_name("README.md")
_FIGURES = re.compile(r"(<!-- figures -->\n).*(<!-- end of figures -->)", re.DOTALL)
_WIDTH_WITHOUT_TERMINAL = 150
HEADINGS = ("measured", "figure", "ratio", "target")

console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=_WIDTH_WITHOUT_TERMINAL)


class Report(NamedTuple):
    """What one benchmark found on one database."""

    title: str
    rows: Sequence[Row]


def machine() -> str:
    """What it runs on."""
    memory = psutil.virtual_memory().total / 2**30
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def show_head(lines: Sequence[str]) -> None:
    """Print the conditions of the run."""
    for line in lines:
        console.print(Text(line))


def show(report: Report) -> None:
    """Print one benchmark's figures."""
    table = Table(*HEADINGS)
    for row in report.rows:
        table.add_row(*(Text(cell, style="bold red" if "NOT reached" in cell else "") for cell in row))
    console.print(Text(f"\n{report.title}", style="bold"), table, sep="\n")


def keep(head: Sequence[str], reports: Sequence[Report]) -> None:
    """Put the figures in place of those in the README."""
    lines = [f"{datetime.now(UTC):%Y-%m-%d}. {'. '.join(head)}.", "", *_missed(reports)]
    for report in reports:
        lines += ["", f"### {report.title}", "", _line(HEADINGS), _line(["---"] * len(HEADINGS))]
        lines += map(_line, report.rows)
    text = "\n".join(lines)
    README.write_text(_FIGURES.sub(lambda found: f"{found[1]}{text}\n{found[2]}", README.read_text()))


def _missed(reports: Sequence[Report]) -> list[str]:
    missed = [
        f"- {report.title}: {row.ratio or row.figure}, target {row.target.removesuffix(': NOT reached')} ({row.what})"
        for report in reports
        for row in report.rows
        if "NOT reached" in row.target
    ]
    return ["Targets that were not reached:", "", *missed] if missed else ["Every target was reached."]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.strip() for cell in cells)} |"
