"""The database: one connection pool, transactions, and driver errors in Footfall's own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import Connection

from .connection_queue import ConnectionQueue
from .connections import CONNECT_SECONDS, CONNECTIONS, DEFAULT_TIME_OUTS, TimeOuts, driver
from .dialects.dialect import DIALECT, Dialect
from .dialects.postgres import PostgresDialect
from .dialects.sqlite import SqliteDialect
from .errors import translate
from .url import parse, shown

SCHEMA = "footfall"
"""The PostgreSQL schema that holds every table unless said, so that a host application's own names stay free."""

QUEUE_SECONDS = 1.5
"""How long a thread waits for a connection that others in this process have."""

_DIALECTS: dict[str, Callable[[], Dialect]] = {"sqlite": SqliteDialect, "postgresql": PostgresDialect}


class Database:
    """A database by its URL: `sqlite:///file.db` or `postgresql://user@host/name`; `schema` is PostgreSQL's."""

    def __init__(self, url: str, schema: str = SCHEMA, time_outs: TimeOuts = DEFAULT_TIME_OUTS) -> None:
        self.url, self.schema, self.time_outs = parse(url), schema, time_outs
        self.dialect: Dialect = _DIALECTS[self.url.get_backend_name()]()
        self.pool = self.dialect.pool(self.url, schema, time_outs)
        self.pool.update_execution_options(**{DIALECT: self.dialect})
        self.queue = ConnectionQueue(CONNECTIONS, QUEUE_SECONDS, self.shown_url)

    @property
    def shown_url(self) -> str:
        """The URL without its password, wherever that stands in it."""
        return shown(self.url)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: commits on leaving, rolls back on an exception."""
        with self._translated(), self.queue.permit(), self.pool.connect() as connection:
            # Begun and committed by the driver, which takes a quarter of the time that it takes SQLAlchemy.
            self.dialect.begin_write(driver(connection))
            yield connection
            _commit(connection)

    @contextmanager
    def read(self, together: Sequence[str] = ()) -> Iterator[Connection]:
        """A transaction for reading; all its statements see the same moment of the tables that are named."""
        with self._translated(), self.queue.permit(), self.pool.connect() as connection:
            self.dialect.see_one_moment(connection, together)
            yield connection

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Let one process at a time do a work of this name, which takes longer than a transaction may; others wait.
        Whoever is killed lets go."""
        with self._translated(), self.queue.permit(), self.dialect.alone(self.pool, self.schema, work):
            yield

    def close(self) -> None:
        """Close every connection."""
        self.pool.dispose()

    def listen(self, channel: str) -> psycopg.Connection[Any]:
        """A connection to PostgreSQL, outside of the pool, that listens on a channel. Raises `psycopg.Error`."""
        arguments, options = self.pool.dialect.create_connect_args(self.url)
        patience = {"connect_timeout": CONNECT_SECONDS, **options}
        connection = psycopg.connect(*arguments, **{**patience, "autocommit": True})
        connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.DBAPIError, psycopg.Error, sqlite3.Error) as error:
            raise translate(error, self.shown_url) from error


def _commit(connection: Connection) -> None:
    driver(connection).commit()
