"""The database: one connection pool, transactions, and driver errors in Footfall's own words."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import Connection

from ...application.ports.errors import StoreBusy
from .connections import CONNECT_SECONDS, CONNECTIONS, DEFAULT_TIME_OUTS, TimeOuts, driver
from .dialects.dialect import DIALECT, Dialect
from .dialects.postgres import DIRECT, PostgresDialect, leads_to_pooler
from .dialects.sqlite import SqliteDialect
from .errors import translate
from .naming import SCHEMA
from .url import parse, shown

QUEUE_SECONDS = 1.5
"""How long a thread waits for a connection that others in this process have."""

_DIALECTS: dict[str, Callable[[str, TimeOuts], Dialect]] = {"sqlite": SqliteDialect, "postgresql": PostgresDialect}


class Database:
    """A database by its URL: `sqlite:///file.db` or `postgresql://user@host/name`; `schema` is PostgreSQL's, and
    `listen_url` leads to its server where `url` does not."""

    def __init__(
        self,
        url: str,
        schema: str = SCHEMA,
        time_outs: TimeOuts = DEFAULT_TIME_OUTS,
        listen_url: str | None = None,
    ) -> None:
        self.url, self.schema = parse(url), schema
        self._listen_url = self.url if listen_url is None else parse(listen_url)
        self.dialect: Dialect = _DIALECTS[self.url.get_backend_name()](schema, time_outs)
        self.pool = self.dialect.pool(self.url)
        self.pool.update_execution_options(**{DIALECT: self.dialect})
        sa.event.listen(self.pool, "before_cursor_execute", self._name, retval=True)
        self.queue = ConnectionQueue(CONNECTIONS, QUEUE_SECONDS, self.shown_url)

    @property
    def shown_url(self) -> str:
        """The URL without its password, wherever that stands in it."""
        return shown(self.url)

    @contextmanager
    def write(self, *, begin: bool = True) -> Iterator[Connection]:
        """A transaction that may write: commits on leaving, rolls back on an exception. With `begin` off it is begun by
        the locks of the log, in one journey with them."""
        with self._translated(), self.queue.permit(), self.pool.connect() as connection:
            # Begun and committed by the driver, which takes a quarter of the time that it takes SQLAlchemy.
            if begin:
                driver(connection).execute(self.dialect.begin_write)
            yield connection
            _commit(connection)

    @contextmanager
    def read(self, together: Sequence[str] = ()) -> Iterator[Connection]:
        """A transaction for reading; all its statements see the same moment of the tables that are named."""
        with self._translated(), self.queue.permit(), self.pool.connect() as connection:
            driver(connection).execute(self.dialect.begin_read)
            if together:
                self.dialect.see_one_moment(connection, together)
            yield connection

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Let one process at a time do a work of this name, which takes longer than a transaction may; others wait.
        Whoever is killed lets go."""
        with self._translated(), self.queue.permit(), self.dialect.alone(self.pool, work):
            yield

    def close(self) -> None:
        """Close every connection."""
        self.pool.dispose()

    def listen(self, channel: str) -> psycopg.Connection[Any] | None:
        """A connection to PostgreSQL, outside of the pool, that listens on a channel; None where a pooler stands before
        it, which passes nothing on. Raises `psycopg.Error`."""
        arguments, options = self.pool.dialect.create_connect_args(self._listen_url)
        patience = {"connect_timeout": CONNECT_SECONDS, **options}
        connection = psycopg.connect(*arguments, **{**patience, "autocommit": True})
        if leads_to_pooler(connection):
            connection.close()
            return None
        connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        return connection

    @property
    def notifies(self) -> bool:
        """Whether followers are told of news; otherwise they look for them."""
        return not self.dialect.one_writer and (self._listen_url != self.url or self.dialect.way() == DIRECT)

    def _name(self, _connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return self.dialect.naming(sql), parameters

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.DBAPIError, psycopg.Error, sqlite3.Error) as error:
            raise translate(error, self.shown_url) from error


def _commit(connection: Connection) -> None:
    driver(connection).commit()


class ConnectionQueue:
    """Permits to have a connection, given in the order in which threads ask. The pool itself gives a connection that
    comes back to whoever asks next, which is the thread that has just had it: of many busy threads some would wait
    until their time is up."""

    def __init__(self, permits: int, seconds: float, database: str) -> None:
        self.seconds, self._database = seconds, database
        self._free, self._lock = permits, Lock()
        self._waiting: deque[Lock] = deque()

    @contextmanager
    def permit(self) -> Iterator[None]:
        """Hold a permit. Raises `StoreBusy` where none is free in time."""
        self._take()
        try:
            yield
        finally:
            with self._lock:
                self._give()

    def _take(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            given = Lock()
            given.acquire()
            self._waiting.append(given)
        came = False
        try:
            came = given.acquire(timeout=self.seconds)
        finally:
            if not came:  # the time is up, or the thread was interrupted: nobody may give it a permit now
                self._leave(given)
        if not came:
            raise StoreBusy(f"every connection to {self._database} is in use; use fewer threads at once")

    def _leave(self, given: Lock) -> None:
        with self._lock:
            if given in self._waiting:
                self._waiting.remove(given)
            else:  # it came in this very moment
                self._give()

    def _give(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()
        else:
            self._free += 1
