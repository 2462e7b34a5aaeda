"""The HTTP door as a program: serve."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated

import typer

from ....domain.errors import InvalidArgument
from ....engine.arguments import interval_of
from ....engine.engine import Engine
from ....engine.public import FootfallError
from ....engine.workers import STOP_SECONDS, Supervisor, end_with_parent
from ...http.extra import SERVED, missing_for
from ..options import Database, opened, opened_or_created
from ..output import complain, errors_told
from ..signals import note
from .live import NOTICE_SECONDS, log_to_standard_error, supervise

if TYPE_CHECKING:
    from ...http.serving import Served


ADDRESS_KEY = "FOOTFALL_ADDRESS_KEY"


class ExtraMissing(FootfallError):
    """What serves over HTTP is not installed."""


def _proxy(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as error:
        raise InvalidArgument(f"--trusted-proxy: {error}; write 10.0.0.7 or 10.0.0.0/8") from None
    return text


def _root_path(text: str) -> str:
    path = text.rstrip("/")
    if path and not path.startswith("/"):
        raise InvalidArgument(f"--root-path: a path begins with a slash: /{path}")
    return path


def serve(
    database: Database = None,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; 0.0.0.0 is everywhere.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes one that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Answer in this many processes; limits count in each.")] = 1,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            parser=_proxy,
            metavar="ADDRESS",
            help="Believe X-Forwarded-For and -Proto of it: 10.0.0.7, 10.0.0.0/8. Repeatable.",
        ),
    ] = None,
    root_path: Annotated[
        str, typer.Option(parser=_root_path, metavar="PATH", help="Where a proxy shows it: /footfall.")
    ] = "",
    every: Annotated[
        str, typer.Option(metavar="DURATION", help="How often each background job looks for work.")
    ] = "1s",
    access_log: Annotated[bool, typer.Option(help="Log a line for each request, without its query.")] = False,
    rate_by_address: Annotated[
        int, typer.Option(min=0, metavar="N", help="Events a minute by public keys from one address; 0 is no limit.")
    ] = 6_000,
    rate_by_customer: Annotated[
        int, typer.Option(min=0, metavar="N", help="Events a minute by public keys of one customer; 0 is no limit.")
    ] = 600,
    body_seconds: Annotated[float, typer.Option(metavar="SECONDS", help="How long a small body may take.")] = 10.0,
    page_facts: Annotated[
        str, typer.Option(metavar="NAMES", help="Facts to add to page visits of browsers: browser,device; all; none.")
    ] = "all",
    address: Annotated[
        str | None,
        typer.Option(
            metavar="FORM",
            help="Keep visitors' addresses too: truncated, or hashed with the key in FOOTFALL_ADDRESS_KEY (hex).",
        ),
    ] = None,
) -> None:
    """Take events and answer reads over HTTP, end sessions and keep the views up to date, until SIGTERM or SIGINT."""
    missing, said = missing_for("serving over HTTP", SERVED)
    if missing:
        raise ExtraMissing(said)
    from ...http.page_fact_settings import page_facts_named
    from ...http.serving import Served, bind
    from ...http.settings import DoorSettings

    log_to_standard_error()
    interval_of(every)
    bounds = DoorSettings(
        body_seconds=body_seconds,
        rate_by_address=rate_by_address or None,
        rate_by_customer=rate_by_customer or None,
        page_facts=page_facts_named(page_facts, address, os.environ.get(ADDRESS_KEY, "")),
    )
    how = Served(bounds, tuple(trusted_proxy or ()), root_path, access_log)
    with bind(host, port) as listening, opened_or_created(database) as engine:
        stopped = note()
        complain(f"serving on {_url(listening, how)}, {_among(workers)}database {engine.status().database}")
        engine.start(every)
        with _jobs_until(stopped, engine) as jobs:
            if workers == 1:
                ended = _until_stopped(engine, listening, how, stopped)
            else:
                ended = supervise(Supervisor(workers, _worker, database, listening, how), stopped)
        ended = jobs.result() and ended
    if not ended:
        complain(f"not all had ended after {STOP_SECONDS:g} s; what was not committed was not acknowledged")
        raise typer.Exit(1)


@contextmanager
def _jobs_until(stopped: list[int], engine: Engine) -> Iterator[Future[bool]]:
    # Jobs and requests end side by side: each may take as long as there is time.
    def stop() -> bool:
        while not stopped:
            time.sleep(NOTICE_SECONDS)
        return engine.stop()

    with ThreadPoolExecutor(1, "footfall jobs") as thread:
        jobs = thread.submit(stop)
        try:
            yield jobs
        finally:
            stopped.append(0)


def _url(listening: socket.socket, how: Served) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{how.root_path}"


def _among(workers: int) -> str:
    return f"{workers} workers, " if workers > 1 else ""


def _until_stopped(engine: Engine, listening: socket.socket, how: Served, stopped: list[int]) -> bool:
    from ...http.serving import serve_until

    return serve_until(stopped, engine, listening, how)


def _worker(database: str | None, listening: socket.socket, how: Served) -> None:
    log_to_standard_error()
    stopped = note()
    end_with_parent()
    with errors_told(), opened(database) as engine:
        ended = _until_stopped(engine, listening, how, stopped)
    sys.exit(0 if ended else 1)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(rich_help_panel="Operation")(serve)
