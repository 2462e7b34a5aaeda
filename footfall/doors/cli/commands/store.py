"""Commands on the whole store: pages, stats, status, rebuild, verify."""

from __future__ import annotations

from typing import Annotated

import typer

from ....engine.answers import Verification
from ....engine.arguments import MOST_ROWS
from ....engine.document import document
from ....engine.public import MigrationNeeded
from ..options import AutoWorkers, Database, Json, opened, opened_or_created
from ..output import print_json, say
from ..progress import LongWork
from ..signals import may_fork
from ..tables import print_facts, print_table

ROWS_A_WORKER = 10_000
"""A rebuild of fewer rows of the log for each worker has no use for so many."""


def pages(
    database: Database = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="Show at most this many pages.")] = 20,
    customers: Annotated[
        bool,
        typer.Option(
            "--customers", help="Count the customers of each page, which takes a look at all visits there are."
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Show the pages visited most, and on which ones sessions begin and end."""
    with opened(database) as engine:
        rows = engine.pages(limit=limit, customers=customers, fresh=True)
    if json:
        print_json(rows)
    else:
        columns = ["url", "visits", *(["customers"] if customers else []), "entries", "exits"]
        print_table("Top pages", columns, [[getattr(row, column) for column in columns] for row in rows])


def stats(database: Database = None, json: Json = False) -> None:
    """Count what the store holds."""
    with opened(database) as engine:
        counted = engine.stats(fresh=True)
    if json:
        print_json(counted)
    else:
        print_facts("Stats", document(counted).items())


def status(database: Database = None, json: Json = False) -> None:
    """Show the log's head, how far every view is, and parked customers."""
    with opened(database) as engine:
        found = engine.status()
    if json:
        print_json(found)
        return
    facts = ("database", "connection", "wakeups", "partitions", "session_timeout_seconds", "log_head")
    print_facts("Status", [(fact, getattr(found, fact)) for fact in facts])
    columns = ("projection", "position", "lag")
    print_table("Projections", columns, [document(row).values() for row in found.projections])
    results = ("job", "last_success", "last_failure", "error")
    print_table("Background jobs", results, [document(row).values() for row in found.jobs])
    print_facts("Sessions to be looked at by now", document(found.sessions_due).items())
    print_facts("Rejections", document(found.rejections).items())
    if found.parked:
        headings = ("projection", "uuid", "position", "parked_at", "error")
        print_table("Parked customers", headings, [document(row).values() for row in found.parked])


def migrate(
    database: Database = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit status 1 if something is missing.")
    ] = False,
) -> None:
    """Create the store, or bring it to the schema that this Footfall needs."""
    try:
        with opened_or_created(database, migrate=not check) as engine:
            say(f"{engine.status().database} is as this Footfall needs it")
    except MigrationNeeded as missing:
        say(str(missing))
        raise typer.Exit(1) from None


def rebuild(
    view: Annotated[str | None, typer.Argument(help="Its name, as status shows it; all unless said.")] = None,
    database: Database = None,
    workers: AutoWorkers = None,
    json: Json = False,
) -> None:
    """Fill views anew from the log; they are read as before until the new ones are complete."""
    with opened(database) as engine, LongWork("Rebuilding") as work:
        if workers is None:
            workers = min(engine.paying_workers(), max(1, engine.status().log_head // ROWS_A_WORKER))
        rebuilt = engine.rebuild(view, work.advance, workers=workers, fork=may_fork())
    if json:
        print_json({"rebuilt": rebuilt})
    else:
        say(f"Rebuilt {', '.join(rebuilt)}")


def verify(database: Database = None, json: Json = False) -> None:
    """Compare every view with a fold of the log; exit status 1 and the differences, if there are any."""
    with opened(database) as engine, LongWork("Verifying") as work:
        found = engine.verify(work.advance)
    if json:
        print_json(found)
    else:
        print_table("Views", ("view", "rows", "differing"), [(v.view, v.rows, v.differing) for v in found.views])
        differences = [(one.view, one.side, one.row) for view in found.views for one in view.differences]
        if differences:
            print_table("Differences", ("view", "side", "row"), differences)
        if found.parked:
            print_table("Parked", ("projection", "uuid"), [(row.projection, row.uuid) for row in found.parked])
        say(_conclusion(found))
    if not found.ok:
        raise typer.Exit(1)


def _conclusion(found: Verification) -> str:
    if any(view.differing for view in found.views):
        return "The views are not what the log gives: rebuild them"
    if found.parked:
        return "The views go on without some customers: mend the cause, then redrive"
    return "Every view equals a fold of the log"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(rich_help_panel="Views")(pages)
    app.command(rich_help_panel="Views")(stats)
    app.command(rich_help_panel="Operation")(status)
    app.command(rich_help_panel="Operation")(migrate)
    app.command(rich_help_panel="Operation")(rebuild)
    app.command(rich_help_panel="Operation")(verify)
