"""Commands that go on until they are stopped: run, tail."""

from __future__ import annotations

import logging
import sys
import time
from typing import Annotated

import msgspec
import typer

from ....engine.answers import ActivityEvent
from ....engine.arguments import interval_of
from ....engine.document import document
from ....engine.engine import Engine
from ....engine.workers import STOP_SECONDS, Supervisor, end_with_parent
from ..options import Database, Workers, opened, opened_or_created
from ..output import as_line, complain, errors_told, print_line, visible
from ..signals import note

NOTICE_SECONDS = 0.2
"""A signal is noticed within so many seconds."""


def run(
    database: Database = None,
    every: Annotated[str, typer.Option(metavar="DURATION", help="How often each job looks for work.")] = "1s",
    workers: Workers = 1,
) -> None:
    """End sessions that time out and keep the views up to date, until SIGTERM or SIGINT; start as many as you like."""
    log_to_standard_error()
    seconds = interval_of(every)
    with opened_or_created(database) as engine:
        engine.check_workers(workers)
        among = f", {workers} workers" if workers > 1 else ""
        complain(f"running on {engine.status().database}: sweeping and catching up every {seconds:g} s{among}")
        if workers == 1:
            finished = _work(engine, every, note())
    if workers > 1:
        finished = supervise(Supervisor(workers, _worker, database, every), note())
    if not finished:
        complain(f"a job did not end within {STOP_SECONDS:g} s; what it had not committed is done again later")
        raise typer.Exit(1)


def log_to_standard_error() -> None:
    """Let operators read there what the engine logs."""
    form = "%(asctime)s %(levelname)s [%(process)d] %(message)s"
    if logging.lastResort is not None:
        logging.getLogger().removeHandler(logging.lastResort)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form)


def _work(engine: Engine, every: str, stopped: list[int]) -> bool:
    engine.start(every)
    while not stopped:
        time.sleep(NOTICE_SECONDS)
    return engine.stop()


def supervise(supervisor: Supervisor, stopped: list[int]) -> bool:
    """Keep workers running until a signal is noted; tells whether all of them ended well."""
    try:
        while not stopped:
            supervisor.watch()
            time.sleep(NOTICE_SECONDS)
    finally:
        finished = supervisor.stop()
    return finished


def _worker(database: str | None, every: str) -> None:
    log_to_standard_error()
    stopped = note()
    end_with_parent()
    with errors_told(), opened(database) as engine:
        finished = _work(engine, every, stopped)
    sys.exit(0 if finished else 1)


def tail(
    database: Database = None,
    action: Annotated[list[str] | None, typer.Option(help="Only this action, such as session.end. Repeatable.")] = None,
    customer: Annotated[str | None, typer.Option(metavar="UUID", help="Only this customer.")] = None,
    after: Annotated[
        str | None, typer.Option(metavar="CURSOR", help="Go on after this cursor; start is the log's first event.")
    ] = None,
    follow: Annotated[bool, typer.Option(help="Wait for more to come.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON document for each, a line long.")] = False,
) -> None:
    """Print activity events as they are committed, whichever process writes them; with --json, a line for each."""
    with (
        opened(database) as engine,
        engine.subscribe(action or None, customer=customer, after=after, follow=follow) as events,
    ):
        for event in events:
            print_line(as_line(event) if json else _shown(event).encode())


def _shown(event: ActivityEvent) -> str:
    time = document(event.time)
    return visible(f"{time}  {event.uuid}  {event.action}  {msgspec.json.encode(event.params).decode()}")


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command(rich_help_panel="Operation")(run)
    app.command(rich_help_panel="Events")(tail)
