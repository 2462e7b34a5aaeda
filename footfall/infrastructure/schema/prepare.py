"""The schema of the store: brought up to date by numbered migrations when a database is opened."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...domain.errors import FootfallError
from ..database.database import Database
from ..log.tables import store

NEWEST = "0006"


class NewerDatabase(FootfallError):
    """The database was written by a newer Footfall than this one."""


class StoreSettings(NamedTuple):
    """What was said when the store was created; the timeout is in µs, and may be another by now."""

    partitions: int
    session_timeout: int


def prepare(database: Database, wanted: StoreSettings, now: int) -> StoreSettings:
    """Create or upgrade the schema where needed, and return the settings that the store was created with.

    Raises `NewerDatabase` when a newer program has been here. Processes that open at once take turns.
    """
    with database.write() as connection:
        database.dialect.wait_for_locks(connection)
        database.dialect.lock_schema(connection)
        found = _revision(connection)
        if found != NEWEST:
            _upgrade(connection, found, database, wanted, now)
        row = connection.execute(sa.select(store.c.partitions, store.c.session_timeout)).one()
    return StoreSettings(*row)


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def _upgrade(connection: Connection, found: str | None, database: Database, wanted: StoreSettings, now: int) -> None:
    if found is not None and found > NEWEST:
        raise NewerDatabase(
            f"{database.shown_url} has schema {found}, this Footfall knows {NEWEST} at most: install a newer Footfall"
        )
    database.dialect.take_time(connection)
    # Alembic is slow to import and seldom needed.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("footfall.infrastructure.schema") / "migrations"))
    config.attributes.update(connection=connection, partitions=wanted.partitions, dialect=database.dialect)
    database.dialect.create_schema(connection, database.schema)
    command.upgrade(config, NEWEST)
    if found is None:
        settings = {"partitions": wanted.partitions, "session_timeout": wanted.session_timeout, "created_at": now}
        connection.execute(store.insert().values(settings))
