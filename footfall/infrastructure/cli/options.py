"""Options and arguments that several commands share, and the store that a command opens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import uuid4

import typer

from ...application.arguments import MOST_ROWS
from ..settings import read_settings
from ..wiring import Parts, assemble

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
Limit = Annotated[int | None, typer.Option(min=1, max=MOST_ROWS, help="At most so many.", show_default="all")]
Workers = Annotated[int, typer.Option(min=1, help="Share the work among so many processes; PostgreSQL only.")]
ReasonOption = Annotated[str | None, typer.Option(help="Only rejections of this reason, such as conflict.")]


@contextmanager
def store(database: str | None) -> Iterator[Parts]:
    """Open the store that a command works on, and close it afterwards."""
    parts = assemble(read_settings(database=database), lambda: time.time_ns() // 1_000, uuid4)
    try:
        yield parts
    finally:
        parts.database.close()
