"""The `footfall` program: its commands."""

from __future__ import annotations

import typer

from .commands import bench, catalogue, customers, events, live, sessions, store
from .output import errors_told

app = typer.Typer(
    name="footfall",
    help="Customer events in; profiles, page visits and sessions out.",
    epilog="Exit status: 0 when all went well, 1 when something was rejected or differs, 2 for wrong use, 130 or 143 "
    "when SIGINT or SIGTERM ended it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for commands in (events, catalogue, customers, sessions, store, bench, live):
    commands.register(app)


def run_program() -> None:
    """Run the command that `sys.argv` names. Raises `SystemExit` in the end."""
    with errors_told():
        app()
