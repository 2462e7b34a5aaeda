"""One replay of a store at a time: others wait for it, in whatever process they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import sqlalchemy as sa
from tenacity import Retrying, retry_if_exception_type, wait_fixed

from .database import Database
from .view_tables import Slot

_SPACE = 0x_F00D


@contextmanager
def turn(database: Database, slot: Slot) -> Iterator[None]:
    """Wait until nobody else fills this slot, and keep others waiting. The turn of a process that dies is over."""
    with (_postgres if database.is_postgres else _sqlite)(database, slot):
        yield


@contextmanager
def _postgres(database: Database, slot: Slot) -> Iterator[None]:
    number = list(Slot).index(slot)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(_SPACE, number)))
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_SPACE, number)))


@contextmanager
def _sqlite(database: Database, slot: Slot) -> Iterator[None]:
    # A file beside the store, always empty: the store's own lock has to be free for writers meanwhile.
    with database.read() as connection:
        file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]
    waiting = Retrying(retry=retry_if_exception_type(sqlite3.OperationalError), wait=wait_fixed(0.1), reraise=True)
    with closing(sqlite3.connect(f"{file}{slot}", timeout=0, isolation_level=None)) as turns:
        waiting(turns.execute, "BEGIN EXCLUSIVE")
        yield
