"""The schema of the store: created, and brought up to date by numbered migrations."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.errors import InvalidDatabase, MigrationNeeded, NewerDatabase
from ...application.running.interruptions import held_back
from ...application.running.loggers import STORE
from ...projections import READ_MODELS
from ..database.database import Database
from ..database.dialects.sqlite_beside import VIEWS_FILE
from ..log.tables import TABLES, store
from . import former_store, ownership

NEWEST = "0009"
_VIEWS = {f"{model.name}{slot}" for model in READ_MODELS for slot in ("", "_next", "_old")}
_SEQUENCE = "log_position_seq"
"""The name that PostgreSQL gives to the log's numbers, unless it is taken."""
_IS_IT_THIS = "name the database of a store, or make one here with `footfall migrate`"


class StoreSettings(NamedTuple):
    """What was said when the store was created; the timeout is in µs, and may be another by now."""

    partitions: int
    session_timeout: int


def prepare(
    database: Database, wanted: StoreSettings, now: int, *, create: bool = True, migrate: bool = True
) -> StoreSettings:
    """Return the settings that the store was created with, once its schema is the newest: with `migrate` it is upgraded
    where needed, and with `create` as well it is created. One that is up to date is only read.

    Raises `NewerDatabase` when a newer program has been here, `NameTaken` where a host has tables of the same names,
    `MigrationNeeded` where more would be needed than may be done. Processes that open at once take turns.
    """
    create = create and migrate
    if not create and database.dialect.one_writer and not Path(database.url.database or "").exists():
        raise MigrationNeeded(f"{database.shown_url} is not there: {_IS_IT_THIS}")
    with database.read() as connection:
        found = _revision(connection, database)
        there = _settings(connection) if found == NEWEST else None
        if there is None and not create:
            _check_upgradable(connection, found, database, migrate)
    settings = there or _migrate(database, wanted, now)
    if there is None:
        with database.translated():
            database.dialect.make_ready(database.connections)
    return settings


def _migrate(database: Database, wanted: StoreSettings, now: int) -> StoreSettings:
    with database.write() as connection:
        database.dialect.wait_for_locks(connection)
        database.dialect.lock_schema(connection)
        found = _revision(connection, database)
        if found != NEWEST:
            _upgrade(connection, found, database, wanted, now)
        settings = _settings(connection)
    if found != NEWEST:
        STORE.info("%s has schema %s now, where it had %s", database.shown_url, NEWEST, found or "none of this name")
    return settings


def _settings(connection: Connection) -> StoreSettings:
    return StoreSettings(*connection.execute(sa.select(store.c.partitions, store.c.session_timeout)).one())


def _revision(connection: Connection, database: Database) -> str | None:
    there = ownership.there(connection)
    if database.dialect.one_writer and VIEWS_FILE in there:
        raise InvalidDatabase(f"{database.shown_url} holds the views of a store: name the file of its log")
    if not {"version", "own_tables"} <= there:
        return None
    found: str = connection.exec_driver_sql("SELECT version_num FROM footfall.version").scalar_one()
    if found > NEWEST:
        raise NewerDatabase(
            f"{database.shown_url} has schema {found}, this Footfall knows {NEWEST} at most: install a newer Footfall"
        )
    return found


def _check_upgradable(connection: Connection, found: str | None, database: Database, migrate: bool) -> None:
    found = found or former_store.former_revision(connection)
    if found is None:
        raise MigrationNeeded(f"{database.shown_url} has no store of Footfall: {_IS_IT_THIS}")
    if not migrate:
        needed = f"has schema {found}, this Footfall needs {NEWEST}"
        raise MigrationNeeded(f"{database.shown_url} {needed}: run `footfall migrate` first")


def _upgrade(connection: Connection, found: str | None, database: Database, wanted: StoreSettings, now: int) -> None:
    database.dialect.take_time(connection)
    former = former_store.former_revision(connection) if found is None else None
    fresh = found is None and former is None
    if former is not None:
        former_store.move(connection, former)
    elif fresh:
        database.dialect.create_schema(connection)
        ownership.check_free(connection, {*_tables(wanted.partitions), *_VIEWS, _SEQUENCE})
        ownership.create_list(connection)
    _run_steps(connection, database, wanted.partitions)
    if fresh:
        settings = {"partitions": wanted.partitions, "session_timeout": wanted.session_timeout, "created_at": now}
        connection.execute(store.insert().values(settings))


def _run_steps(connection: Connection, database: Database, partitions: int) -> None:
    # Alembic is slow to import and seldom needed.
    with held_back():
        from alembic import command
        from alembic.config import Config

    naming = database.dialect.naming
    config = Config()
    config.set_main_option("script_location", str(files("footfall.infrastructure.schema") / "migrations"))
    at = {"connection": connection, "version_table": naming.table("version"), "version_table_schema": naming.schema}
    config.attributes.update(version_table=at, partitions=partitions, dialect=database.dialect)
    command.upgrade(config, NEWEST)
    made = _tables(partitions) & ownership.there(connection)
    ownership.list_as_own(connection, made - ownership.owned(connection))


def _tables(partitions: int) -> set[str]:
    return {*TABLES, "log_catalogue", *(f"log_{number:02}" for number in range(partitions))}
