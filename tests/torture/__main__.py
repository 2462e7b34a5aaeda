"""`python -m tests.torture`: all scenarios at full length, with a live table and a report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import pytest
import typer
from rich.console import Console

from .watch.table import LiveTable


def main(
    seed: Annotated[int | None, typer.Option(help="Repeat the run with this seed.")] = None,
    only: Annotated[str | None, typer.Option(help="Only scenarios whose name matches, as pytest's -k.")] = None,
    short: Annotated[bool, typer.Option("--short", help="Shortened, as `make test` runs them.")] = False,
    unprotected: Annotated[
        bool, typer.Option("--unprotected", help="Take away what protects: every scenario must fail.")
    ] = False,
    report: Annotated[Path, typer.Option(help="Where torture.md and torture.json go.")] = Path(),
) -> None:
    """Cause faults and count what is lost. Exit status: 0 when nothing was, 1 otherwise."""
    here = Path(__file__).parent
    # Pytest keeps standard output to itself while tests run; the table goes to what it was before.
    out = os.fdopen(os.dup(1), "w")
    console = Console(file=out, width=None if out.isatty() else 200, highlight=False)
    options = ["--rootdir", str(here.parent.parent), "-p", "no:terminal", str(here)]
    options += [] if short else ["--full-length"]
    options += ["--unprotected"] if unprotected else []
    options += [] if seed is None else ["--seed", str(seed)]
    options += [] if only is None else ["-k", only]
    raise typer.Exit(int(pytest.main(options, plugins=[LiveTable(console, report)])))


if __name__ == "__main__":
    typer.run(main)
