"""An empty store of its own for measuring, beside a user's tables: a schema, or a file on the same disk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from ..application.ports.vocabulary import Clock
from ..application.running.interruptions import held_back
from ..domain.errors import FootfallError
from ..infrastructure.database import driver_alone, durability
from ..infrastructure.database.database import Database
from ..infrastructure.database.driver_alone import Rows, Tables
from ..infrastructure.database.naming import SCHEMA
from ..infrastructure.settings import read_settings
from ..infrastructure.views.projecting.projector import CHUNK as ROWS_A_COMMIT
from .engine import Engine
from .opening import open as open_engine

__all__ = ["ROWS_A_COMMIT", "Rows", "ScratchStore", "ScratchTaken", "empty_store", "shown_url"]

NAME = "footfall_bench"
"""The PostgreSQL schema, and what the name of the folder beside a SQLite file begins with."""


class ScratchTaken(FootfallError):
    """There is a schema of that name already."""


class ScratchStore:
    """An engine on the store, its tables by the driver alone, and the settings that say how durable a commit is."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self.engine, self._tables = engine, tables
        self.settings = durability.settings(tables.log)
        durability.check(self.settings)

    def rows(self) -> list[Rows]:
        """The rows of the customers' log, and those of each view."""
        views = [one.projection for one in self.engine.status().projections]
        log = driver_alone.whole(self._tables, driver_alone.LOG, driver_alone.CUSTOMERS)
        return [log, *(driver_alone.whole(self._tables, name) for name in views)]

    def write(self, rows: Rows, a_commit: int) -> None:
        """Write rows by the driver alone."""
        driver_alone.write(self._tables, rows, a_commit)

    def scan(self) -> None:
        """Read the whole log by the driver alone."""
        driver_alone.scan(self._tables)


@contextmanager
def empty_store(database: str | None, clock: Clock) -> Iterator[ScratchStore]:
    """A store that goes away again, also after a failure or Ctrl-C; `database` as `footfall.open` takes it.

    Raises `ScratchTaken` where the schema is there: what this did not create it does not drop. Raises `NotDurable`.
    """
    with (
        _scratch(_url(database)) as (at, schema),
        open_engine(at, schema=schema, clock=clock) as engine,
        closing(Tables(at, schema)) as below,
    ):
        yield ScratchStore(engine, below)


def shown_url(database: str | None) -> str:
    """A database's URL without its password."""
    with closing(Database(_url(database))) as named:
        return named.shown_url


def _url(database: str | None) -> str:
    return read_settings(database=database).database


@contextmanager
def _scratch(url: str) -> Iterator[tuple[str, str]]:
    with (
        closing(Database(url, NAME)) as database,
        database.dialect.pick(sqlite=_file, postgres=_schema)(database) as at,
    ):
        yield at


@contextmanager
def _file(database: Database) -> Iterator[tuple[str, str]]:
    folder = Path(database.url.database or "").absolute().parent
    if not folder.is_dir():
        raise FootfallError(f"there is no directory {folder}: make it, or name another database")
    beside = ""

    def make() -> None:
        nonlocal beside
        beside = tempfile.mkdtemp(prefix=f"{NAME}_", dir=folder)

    def remove() -> None:
        shutil.rmtree(beside)

    with _made_and_removed(make, remove):
        yield database.url.set(database=f"{beside}/store.db").render_as_string(hide_password=False), SCHEMA


@contextmanager
def _schema(database: Database) -> Iterator[tuple[str, str]]:
    with _made_and_removed(partial(_create_schema, database), partial(_drop_schema, database)):
        yield database.url.render_as_string(hide_password=False), NAME


@contextmanager
def _made_and_removed(make: Callable[[], None], remove: Callable[[], None]) -> Iterator[None]:
    # An interruption comes before or after either of the two, never in the middle.
    made = False
    try:
        with held_back():
            make()
            made = True
        yield
    finally:
        if made:
            try:
                with held_back():
                    remove()
                    made = False
            except KeyboardInterrupt:
                if made:
                    remove()
                raise


def _create_schema(database: Database) -> None:
    with database.write() as connection:
        database.dialect.lock_schema(connection)
        if connection.exec_driver_sql(f"SELECT to_regnamespace('{NAME}')").scalar() is not None:
            raise ScratchTaken(
                f"there is a schema {NAME} in {database.shown_url}: either another benchmark runs now, or one was "
                f"killed; then DROP SCHEMA {NAME} CASCADE"
            )
        connection.exec_driver_sql(f"CREATE SCHEMA {NAME}")


def _drop_schema(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {NAME} CASCADE")
