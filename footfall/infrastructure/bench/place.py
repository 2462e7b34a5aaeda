"""A place of its own for measuring, beside a user's tables: a schema, or a file on the same disk, gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import make_url

from ...application.ports import Clock
from ...domain.errors import FootfallError
from ..database import SCHEMA, Database
from ..settings import read_settings
from ..wiring import Parts, assemble
from . import durability

PLACE = "footfall_bench"
"""The PostgreSQL schema, and what the name of the folder beside a SQLite file begins with."""


class PlaceTaken(FootfallError):
    """There is a schema of that name already."""


@contextmanager
def empty_store(url: str, clock: Clock) -> Iterator[Parts]:
    """An engine's parts on an empty store that goes away again, also after a failure or Ctrl-C.

    Raises `PlaceTaken` where the schema is there: what this did not create it does not drop. Raises `NotDurable`.
    """
    with _place(url) as (at, schema):
        parts = assemble(read_settings(database=at), clock, uuid4, schema)
        with closing(parts.database):
            durability.check(durability.settings(parts.database))
            yield parts


@contextmanager
def _place(url: str) -> Iterator[tuple[str, str]]:
    with closing(Database(url, PLACE)) as database:
        if database.is_postgres:
            with _schema(database):
                yield url, PLACE
            return
        folder = Path(database.url.database or "").absolute().parent
    if not folder.is_dir():
        raise FootfallError(f"there is no directory {folder}: make it, or name another database")
    with tempfile.TemporaryDirectory(prefix=f"{PLACE}_", dir=folder) as beside:
        yield make_url(url).set(database=f"{beside}/store.db").render_as_string(hide_password=False), SCHEMA


@contextmanager
def _schema(database: Database) -> Iterator[None]:
    with database.write() as connection:
        database.lock_schema(connection)
        if connection.exec_driver_sql(f"SELECT to_regnamespace('{PLACE}')").scalar() is not None:
            raise PlaceTaken(
                f"there is a schema {PLACE} in {database.shown_url}: either another benchmark runs now, or one was "
                f"killed; then DROP SCHEMA {PLACE} CASCADE"
            )
        connection.exec_driver_sql(f"CREATE SCHEMA {PLACE}")
        if connection.exec_driver_sql("SELECT current_schema()").scalar() != PLACE:
            raise FootfallError(
                "the URL's options set a search_path, which would lead into your own tables: leave it out"
            )
    try:
        yield
    finally:
        with database.write() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {PLACE} CASCADE")
