"""Commands that bring events in: ingest, rejected, redrive, simulate."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import msgspec
import typer

from ....engine.answers import ImportReport, Problem
from ....engine.arguments import moment_of
from ....engine.document import document
from ....engine.engine import Engine
from ....engine.redriven import redriven
from ...importing.beginning import known_format, paying_workers, with_former_ids
from ...importing.folding import Folding
from ...importing.source import Source, open_source
from ...importing.worker import Task
from ...importing.workers import ImportWorkers
from ...samples.simulation import simulate as simulate_shop
from ...wire.formats import Format, LineFormat, line_reader
from ...wire.json_lines import EpochUnit
from ..options import A_PAGE, After, AutoWorkers, Database, Json, Limit, ReasonOption, opened, opened_or_created
from ..output import complain, print_json, print_line, say
from ..progress import LongWork
from ..signals import may_fork
from ..tables import print_facts, print_table, tell_of_more

_SITE = re.compile(r"https?://[^/\s]", re.IGNORECASE)


def ingest(
    file: Annotated[str, typer.Argument(help="A file, also .gz; - is standard input.")],
    database: Database = None,
    format: Annotated[  # noqa: A002
        Format, typer.Option(help="JSON lines, or the access log of a web server; auto looks at the first lines.")
    ] = Format.JSONL,
    site: Annotated[str, typer.Option(help="Access logs: what goes before each path, https://shop.example")] = "",
    salt: Annotated[str, typer.Option(help="Access logs: a secret that goes into the customers' uuids.")] = "",
    times: Annotated[
        EpochUnit | None,
        typer.Option(help="jsonl: what times that are numbers are counted in; else milliseconds, from 1980 on."),
    ] = None,
    workers: AutoWorkers = None,
    json: Json = False,
) -> None:
    """Import events from a file and end the sessions that are over; what has its event id is taken once."""
    if times is not None and format not in (Format.JSONL, Format.AUTO):
        raise typer.BadParameter("it goes with --format jsonl", param_hint="--times")
    if site and not _SITE.match(site):
        raise typer.BadParameter(f"it begins with a scheme: https://{site}", param_hint="--site")
    with open_source(file) as source, opened_or_created(database) as engine:
        if workers is None:
            workers = paying_workers(engine, source)
        engine.check_workers(workers, importing=True)
        form = known_format(
            LineFormat(format, site, salt, times=times), source, lambda said: complain(f"{file}: {said}")
        )
        form = with_former_ids(form, source, engine)
        task = Task(database, form)
        if workers == 1:
            report = _ingest(engine, source, form)
            engine.sweep()  # what happened long ago has ended long ago
        elif engine.one_writer():
            with Folding(task, complain, fork=may_fork()) as folding:
                report = _ingest(engine, source, form, folding.taken_in)
                folding.fold_the_rest()
                engine.sweep()
        else:
            shared = ImportWorkers(workers, task, engine.partition_of, fork=may_fork())
            report = _ingest_shared(shared, source, form)
            engine.sweep()
        with LongWork("Bringing the views up to date") as work:
            engine.catch_up(work.advance)
    if json:
        print_json(report)
    else:
        print_facts(f"Ingested {file}", document(report).items())
    if report.rejected or report.unparsed:
        raise typer.Exit(1)


def _ingest(
    engine: Engine, source: Source, form: LineFormat, taken_in: Callable[[int], None] | None = None
) -> ImportReport:
    with line_reader(form) as reader, LongWork("Ingesting", source.size) as work:

        def advance(rows: int) -> None:
            work.advance(rows, source.position)
            if taken_in is not None:
                taken_in(rows)

        return engine.import_lines(reader.read(source.lines()), _tell, advance, at_once=source.at_once)


def _ingest_shared(workers: ImportWorkers, source: Source, form: LineFormat) -> ImportReport:
    with workers:
        with line_reader(form) as reader, LongWork("Ingesting", source.size) as work:
            report = workers.import_lines(
                source.lines(),
                reader.customer_in,
                _tell,
                lambda rows: work.advance(rows, source.position),
                at_once=source.at_once,
            )
        with LongWork("Bringing the views up to date") as work:
            workers.settle(work.advance)
    return report


def _tell(problem: Problem) -> None:
    complain(f"line {problem.line}: {problem.kind}: {problem.reason}")


def rejected(
    database: Database = None,
    reason: ReasonOption = None,
    limit: Limit = A_PAGE,
    after: After = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget them instead; nothing is asked.")] = False,
    before: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --forget: only what came before a moment, ISO 8601.")
    ] = None,
    json: Json = False,
) -> None:
    """Show what was refused and why, the oldest first, or forget it."""
    if forget:
        _forget(database, reason, before, json)
    elif before is not None:
        raise typer.BadParameter("it goes with --forget", param_hint="--before")
    else:
        _show(database, reason, limit, after, json)


def _forget(database: str | None, reason: str | None, before: str | None, json: bool) -> None:
    with opened(database) as engine:
        forgotten = engine.forget_rejections(reason, before=before)
    if json:
        print_json({"forgotten": forgotten})
    else:
        say(f"Forgot {forgotten} rejections")


def _show(database: str | None, reason: str | None, limit: int, after: str | None, json: bool) -> None:
    with opened(database) as engine:
        rows = engine.rejected(reason, limit=limit, after=after)
    if json:
        print_json(rows)
    else:
        columns = ("received_at", "reason", "detail", "uuid", "size", "sha256", "cut", "content")
        print_table("Rejected", columns, [[getattr(row, column) for column in columns] for row in rows])
    tell_of_more(rows)


def redrive(database: Database = None, reason: ReasonOption = None, json: Json = False) -> None:
    """Hand in again what was rejected, and take up customers that a view was parked for."""
    with opened(database) as engine:
        results = engine.redrive(reason)
        parked = engine.redrive_parked()
        engine.catch_up()
    summary = redriven(results, parked)
    if json:
        print_json(summary)
    else:
        reasons = summary.pop("reasons")
        print_facts("Re-driven", [*summary.items(), *((f"still {reason}", n) for reason, n in reasons.items())])
    if summary["rejected"] or summary["still_parked"]:
        raise typer.Exit(1)


def simulate(
    customers: Annotated[int, typer.Option(min=1, help="The number of customers.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same events.")] = 7,
    start: Annotated[datetime, typer.Option(help="The first day.")] = datetime(2026, 3, 2),  # noqa: DTZ001
    days: Annotated[int, typer.Option(min=1, help="The number of days.")] = 14,
) -> None:
    """Print the events of a small shop as JSON lines.

    One action is the shop's own. Define it before the events are ingested: footfall define cart.add --label 'Put
    {{quantity}} x {{name}} into the cart' --param sku:string! --param name:string --param quantity:integer! --param
    price:number --access anonymous
    """
    for event in simulate_shop(customers, seed, moment_of(start), days):
        print_line(msgspec.json.encode(event))


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    panel = "Events"
    for command in (ingest, rejected, redrive, simulate):
        app.command(rich_help_panel=panel)(command)
