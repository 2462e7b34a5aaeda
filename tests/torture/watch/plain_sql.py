"""The store as the checker sees it: the drivers and plain SQL, nothing of the engine."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa


def is_sqlite(url: str) -> bool:
    """Whether a URL names a SQLite file."""
    return url.startswith("sqlite")


def sqlite_file(url: str) -> str:
    """The path of a SQLite store."""
    return url.removeprefix("sqlite:///")


def views_file(url: str) -> Path:
    """The file of the views of a SQLite store."""
    file = Path(sqlite_file(url))
    return file.with_stem(f"{file.stem}.views")


def libpq(url: str) -> str:
    """libpq's form of a PostgreSQL URL, whichever driver SQLAlchemy's names."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def query(url: str, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a statement; `footfall.` stands before a table, `?` for a parameter. `uuid_of` reads a uuid of either
    database. A statement that returns no rows is carried out and committed."""
    if is_sqlite(url):
        with closing(sqlite3.connect(sqlite_file(url), timeout=30)) as file, file:
            if (views := views_file(url)).exists():  # a name is looked for in the log's file first
                file.execute("ATTACH ? AS views", (str(views),))
            return file.execute(statement.replace("footfall.", "footfall_"), parameters).fetchall()
    with psycopg.connect(libpq(url)) as connection:
        cursor = connection.execute(statement.replace("?", "%s"), parameters or None)
        return cursor.fetchall() if cursor.description else []


def uuid_of(value: Any) -> UUID:
    """A uuid as either database returns it."""
    return value if isinstance(value, UUID) else UUID(bytes=value)
