"""The `footfall` program: its commands."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

import footfall

from .commands import bench, catalogue, customers, events, keys, live, serve, sessions, store, trust
from .help import Command
from .output import errors_told, print_line
from .wrong_use import Commands

app = typer.Typer(
    name="footfall",
    epilog="Exit status: 0 when all went well, 1 when something was rejected or differs, 2 for wrong use or "
    "where it cannot go on, 130 or 143 when SIGINT or SIGTERM ended it (run and serve: 0).",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_line(f"footfall {footfall.__version__}".encode())
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[  # it is answered as soon as it is read
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Customer events in; profiles, page visits and sessions out."""


for commands in (events, catalogue, customers, sessions, keys, trust, store, bench, live, serve):
    commands.register(app)


def _with_our_words(program: typer.Typer) -> None:
    program.info.cls = Commands
    for command in program.registered_commands:
        command.cls = Command
    for group in program.registered_groups:
        if group.typer_instance is not None:
            _with_our_words(group.typer_instance)


_with_our_words(app)


def run_program() -> None:
    """Run the command that `sys.argv` names. Raises `SystemExit` in the end."""
    if logging.lastResort is not None:  # what goes wrong beside the command is told on standard error
        logging.getLogger().addHandler(logging.lastResort)
        # What the driver has to remark of a connection that was lost, the error itself tells.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
    with errors_told():
        app()
