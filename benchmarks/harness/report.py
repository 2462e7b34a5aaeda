"""Showing figures: tables on the screen and, when they are to be kept, in the README."""

from __future__ import annotations

import os
import platform
import re
import sysconfig
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .measure import Row

README = Path(__file__).parents[1] / "README.md"
_FIGURES = re.compile(r"(<!-- figures -->\n)(.*)(<!-- end of figures -->)", re.DOTALL)
_SECTION = re.compile(r"^### (.+)\n", re.MULTILINE)
_WIDTH_WITHOUT_TERMINAL = 150
HEADINGS = ("measured", "figure", "ratio", "target")

console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=_WIDTH_WITHOUT_TERMINAL)


class Report(NamedTuple):
    """What one benchmark found on one database, and under which conditions."""

    title: str
    rows: Sequence[Row]
    conditions: str


def machine() -> str:
    """What it runs on."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{interpreter()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def interpreter() -> str:
    """Which build of Python runs: how it was compiled alone makes a fifth of the program's time."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    optimised = "optimised" if "--enable-optimizations" in arguments else "not optimised"
    return f"Python {platform.python_version()} ({optimised}, {_linked()})"


def _linked() -> str:
    # A distribution that builds both kinds has the configuration of one of them.
    try:
        shared = "libpython" in Path("/proc/self/maps").read_text()
    except OSError:
        shared = bool(sysconfig.get_config_var("Py_ENABLE_SHARED"))
    return "as a shared library" if shared else "linked statically"


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


def keep(report: Report) -> None:
    """Put a report in place of the one of its title in the README; the others stay."""
    text = README.read_text()
    found = _FIGURES.search(text)
    if found is None:
        raise ValueError(f"{README} has no marks between which figures could be put")
    _, *parts = _SECTION.split(found[2])
    sections = dict(zip(parts[::2], map(str.strip, parts[1::2]), strict=True)) | {report.title: _written(report)}
    figures = [_missed(sections), *(f"### {title}\n\n{section}" for title, section in sections.items())]
    between = "\n\n".join(figures)
    README.write_text(f"{text[: found.end(1)]}{between}\n{text[found.start(3) :]}")


def _written(report: Report) -> str:
    date = f"{datetime.now(UTC):%Y-%m-%d}. {report.conditions}."
    return "\n".join([date, "", _line(HEADINGS), _line(["---"] * len(HEADINGS)), *map(_line, report.rows)])


def _missed(sections: Mapping[str, str]) -> str:
    missed = [
        f"- {title}: {ratio or figure}, target {target.removesuffix(': NOT reached')}{f' ({what})' if what else ''}"
        for title, section in sections.items()
        for what, figure, ratio, target in map(_cells, section.splitlines()[2:])
        if target.endswith("NOT reached")
    ]
    return "\n".join(["Targets that were not reached:", "", *missed]) if missed else "Every target was reached."


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.removeprefix("|").removesuffix("|").split("|")]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.strip() for cell in cells)} |"
