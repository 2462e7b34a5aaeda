"""SQLite: one file, one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from tenacity import Retrying, retry_if_exception_message, wait_fixed

from ..connections import POOL, TimeOuts
from ..naming import Naming

_LOCK_SECONDS = 10


class SqliteDialect:
    """The `Dialect` of SQLite."""

    one_writer = True
    # Who reads first and takes the write lock then would be refused it.
    begin_write = "BEGIN IMMEDIATE"
    begin_read = "BEGIN"
    naming = Naming(None)

    def __init__(self, _schema: str, time_outs: TimeOuts) -> None:
        self.lock_seconds = _LOCK_SECONDS if time_outs.lock is None else time_outs.lock

    def pick(self, *, sqlite: Any, postgres: Any) -> Any:  # the other one is PostgreSQL's
        """What goes with SQLite."""
        return sqlite

    def pool(self, url: URL) -> sa.Engine:
        """A pool of connections to a file."""
        engine = sa.create_engine(url, connect_args={"timeout": self.lock_seconds}, **POOL)
        sa.event.listen(engine, "connect", _prepare)
        return engine

    def way(self) -> str:
        """They open it."""
        return "a file of this machine"

    def see_one_moment(self, _connection: Connection, _tables: Sequence[str]) -> None:
        """A transaction sees one moment by itself."""

    def wait_for_locks(self, _connection: Connection) -> None:
        """There is only the one lock, which the transaction has."""

    def give_way(self, _connection: Connection) -> None:
        """Readers hold nothing that a writer must wait for."""

    def take_time(self, _connection: Connection) -> None:
        """No statement is bounded."""

    def create_schema(self, _connection: Connection) -> None:
        """A file has no schemas."""

    def lock_schema(self, _connection: Connection) -> None:
        """No other process can write anyway."""

    @contextmanager
    def alone(self, pool: sa.Engine, work: str) -> Iterator[None]:
        """Hold SQLite's own lock on an empty database beside the store: it works on every system, and ends with the
        process."""
        with pool.connect() as connection:
            file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]  # main comes first
        waiting = Retrying(retry=retry_if_exception_message(match=".*locked.*"), wait=wait_fixed(0.1), reraise=True)
        with closing(sqlite3.connect(f"{file}-{work}", timeout=0, isolation_level=None)) as lock:
            waiting(lock.execute, "BEGIN EXCLUSIVE")
            yield


def _prepare(connection: Any, _record: Any) -> None:
    # Transactions are begun by hand: the driver's own begin too late, after the first read.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -32768")
    # Four times the default: a page that changes often is copied back from the log of writes more seldom.
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
