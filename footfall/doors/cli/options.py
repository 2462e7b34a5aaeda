"""Options and arguments that several commands share, and the store that a command opens."""

from __future__ import annotations

from typing import Annotated

import typer

from ...domain.errors import InvalidArgument, shown
from ...engine.arguments import MOST_ROWS
from ...engine.engine import Engine
from ...engine.opening import open as open_engine

Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        "-d",
        metavar="URL",
        envvar="FOOTFALL_DATABASE",
        help="sqlite:///file.db or postgresql://user@host/name.",
        show_default="sqlite:///footfall.db",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Customer = Annotated[str, typer.Argument(metavar="UUID", help="The customer.")]
Limit = Annotated[int, typer.Option(min=1, max=MOST_ROWS, help="Show at most this many.")]
A_PAGE = 50
"""So many rows are shown unless said: a list of all takes long, and hides its beginning."""
After = Annotated[
    str | None, typer.Option(metavar="CURSOR", help="Go on behind the row of this cursor, which --json shows.")
]
Workers = Annotated[int, typer.Option(min=1, help="Share the work among this many processes; PostgreSQL only.")]
AUTO = "auto"
"""As many worker processes as pay."""


def _workers(text: str) -> int | None:
    if text == AUTO:
        return None
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if number < 1:
        raise InvalidArgument(f"--workers: {shown(text)} is neither {AUTO} nor a whole number from 1 on")
    return number


AutoWorkers = Annotated[
    int | None,
    typer.Option(
        parser=_workers,
        metavar="N|auto",
        show_default=AUTO,
        help="Share the work among this many processes, where it pays; SQLite: one, for an import two at most.",
    ),
]
AsOf = Annotated[str | None, typer.Option(metavar="TIME", help="As they stood at a moment, ISO 8601.")]
ReasonOption = Annotated[str | None, typer.Option(help="Only rejections of this reason, such as conflict.")]


def opened(database: str | None) -> Engine:
    """The engine of the store that a command works on; use it in a `with` block. It must be there: for a name that was
    mistyped an empty one would be shown otherwise."""
    return open_engine(database, create=False)


def opened_or_created(database: str | None, *, migrate: bool | None = None) -> Engine:
    """That of a command with which a store may begin."""
    return open_engine(database, migrate=migrate)
