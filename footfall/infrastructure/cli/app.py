"""The `footfall` program: its commands, and how errors end it."""

from __future__ import annotations

import sys

import typer

from ...domain.errors import FootfallError
from . import bench, catalogue, customers, imports, live, sessions, store
from .output import complain

app = typer.Typer(
    name="footfall",
    help="Customer events in; profiles, page visits and sessions out.",
    epilog="Exit status: 0 when all went well, 1 when something was rejected or differs, 2 for wrong use.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for commands in (imports, catalogue, customers, sessions, store, bench, live):
    commands.register(app)


def main() -> None:
    """Run the program. An error of Footfall's own is one line on standard error and exit status 2."""
    try:
        app()
    except FootfallError as error:
        complain(f"error: {error}")
        sys.exit(2)
