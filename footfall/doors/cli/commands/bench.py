"""The command that measures: bench."""

from __future__ import annotations

from typing import Annotated

import typer

from ...bench import trial
from ..options import Database, Json
from ..output import print_json, say
from ..progress import LongWork
from ..tables import print_facts, print_table

_MOST_EVENTS = 500_000
_SAID = {
    trial.LOG: "into the log, 500 a commit",
    trial.VIEWS: "into the views",
    trial.BOTH: "into log and views",
    trial.SINGLES: "into the log one by one, a commit each",
    trial.REBUILD: "rebuild of all views",
}


def bench(
    database: Database = None,
    events: Annotated[int, typer.Option(min=500, max=_MOST_EVENTS, help="The number of made-up events.")] = 20_000,
    repeat: Annotated[int, typer.Option(min=1, help="The number of repetitions; medians are shown.")] = 3,
    json: Json = False,
) -> None:
    """Measure Footfall on your database, beside what that database could do at most; your own tables are not touched.

    It works in a PostgreSQL schema `footfall_bench`, or in a file beside the SQLite file, which go away afterwards.
    Exit status 2, and no figures, where a commit does not wait for the disk.
    """
    with LongWork("Measuring", total=2 * repeat * events) as work:
        found = trial.measure(database, events, repeat, work.advance)
    if json:
        print_json(found)
        return
    print_facts(f"Benchmark on {found.database}", found.settings.items())
    rows = [(_SAID[one.what], _rate(one.engine), _rate(one.limit), f"{one.share:.0%}") for one in found.measured]
    print_table(f"{events:,} page visits", ("measured", "Footfall", "this database alone", "reached"), rows)
    say(
        "This database alone: the same rows, written by its driver into tables with the same indexes, nothing computed;"
    )
    say("for views, one read of the log besides; for a rebuild, only that.")


def _rate(events: float) -> str:
    return f"{events:,.0f} events/s"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(rich_help_panel="Operation")(bench)
