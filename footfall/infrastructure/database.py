"""The database: one connection pool, transactions, and driver errors in Footfall's own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import Connection
from tenacity import Retrying, retry_if_exception_message, wait_fixed

from .connections import CONNECT_SECONDS, CONNECTIONS, DEFAULT_TIME_OUTS, TimeOuts, driver, postgres, sqlite
from .database_url import parse, shown
from .driver_errors import translate
from .turns import Turns

SCHEMA = "footfall"
"""The PostgreSQL schema that holds every table unless said, so that a host application's own names stay free."""

TURN_SECONDS = 1.5
"""So long a thread waits for a connection that others in this process have."""
_SCHEMA_LOCK = 0x_F007_FA11
_WORK_LOCKS = 0x_F008


class Database:
    """A database by its URL: `sqlite:///file.db` or `postgresql://user@host/name`; `schema` is PostgreSQL's."""

    def __init__(self, url: str, schema: str = SCHEMA, time_outs: TimeOuts = DEFAULT_TIME_OUTS) -> None:
        self.url, self.schema, self.time_outs = parse(url), schema, time_outs
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.engine = postgres(self.url, schema, time_outs) if self.is_postgres else sqlite(self.url, time_outs)
        self.turns = Turns(CONNECTIONS, TURN_SECONDS, self.shown_url)

    @property
    def shown_url(self) -> str:
        """The URL without its password, wherever that stands in it."""
        return shown(self.url)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: commits on leaving, rolls back on an exception."""
        with self._translated(), self.turns.taken(), self.engine.connect() as connection:
            # Begun and committed by the driver, which takes a quarter of the time that it takes SQLAlchemy.
            if not self.is_postgres:
                driver(connection).execute("BEGIN IMMEDIATE")
            yield connection
            _commit(connection)

    def wait_for_locks(self, connection: Connection) -> None:
        """Let the transaction wait for locks as long as a statement may take: for work that nobody waits for."""
        if self.is_postgres:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")

    def take_time(self, connection: Connection) -> None:
        """Let the statements of the transaction take as long as they need: for work on whole tables."""
        if self.is_postgres:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            driver(connection).patience = None

    @contextmanager
    def read(self, at_one_moment: Sequence[str] = ()) -> Iterator[Connection]:
        """A transaction for reading; all its statements see the same moment of the tables that are named.

        Otherwise each statement sees, on PostgreSQL, what is committed when it begins: to an older view of the database
        a table that a rebuild swapped in meanwhile would look empty. So tables are locked before the moment is fixed.
        """
        with self._translated(), self.turns.taken(), self.engine.connect() as connection:
            if at_one_moment and self.is_postgres:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                connection.exec_driver_sql(f"LOCK TABLE {', '.join(at_one_moment)} IN ACCESS SHARE MODE")
            yield connection

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Let one process at a time do a work of this name, which takes longer than a transaction may; others wait.
        Whoever is killed lets go."""
        if not self.is_postgres:
            with self.read() as connection:
                file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]  # main comes first
            with self._translated(), _locked_file(f"{file}-{work}"):
                yield
            return
        lock = sa.func.hashtext(f"{self.schema} {work}")
        unbegun = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with self._translated(), self.turns.taken(), unbegun.connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = 0; SET statement_timeout = 0")
            driver(connection).patience = None
            connection.execute(sa.select(sa.func.pg_advisory_lock(_WORK_LOCKS, lock)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_WORK_LOCKS, lock)))
                connection.exec_driver_sql("RESET lock_timeout; RESET statement_timeout")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def listen(self, channel: str) -> psycopg.Connection[Any]:
        """A connection to PostgreSQL, outside of the pool, that listens on a channel. Raises `psycopg.Error`."""
        arguments, options = self.engine.dialect.create_connect_args(self.url)
        patience = {"connect_timeout": CONNECT_SECONDS, **options}
        connection = psycopg.connect(*arguments, **{**patience, "autocommit": True})
        connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        return connection

    def lock_schema(self, connection: Connection) -> None:
        """Let no other process change tables before the transaction ends; on SQLite none can write anyway."""
        if self.is_postgres:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.DBAPIError, psycopg.Error, sqlite3.Error) as error:
            raise translate(error, self.shown_url) from error


def _commit(connection: Connection) -> None:
    driver(connection).commit()


@contextmanager
def _locked_file(path: str) -> Iterator[None]:
    # SQLite's own lock on an empty database beside the store: it works on every system, and ends with the process.
    waiting = Retrying(retry=retry_if_exception_message(match=".*locked.*"), wait=wait_fixed(0.1), reraise=True)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        waiting(lock.execute, "BEGIN EXCLUSIVE")
        yield
