"""The database: its connections, transactions, and driver errors in Footfall's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from ...application.running.forks import at_fork, none_meanwhile
from ...application.running.interruptions import hear
from ...domain.errors import FootfallError
from .connection_queue import ConnectionQueue
from .connections import CONNECTIONS, DEFAULT_TIME_OUTS, TimeOuts, driver
from .dialects.dialect import DIALECT, Dialect
from .dialects.postgres import PostgresDialect
from .dialects.sqlite import SqliteDialect
from .errors import in_own_words
from .listener import Listener
from .naming import SCHEMA
from .open_connections import OpenConnection, OpenConnections
from .url import parse, parse_listen_url, shown

QUEUE_SECONDS = 1.5
"""How long a thread waits for a connection that others in this process have."""

QUIET_SECONDS = 15.0
"""How long a fork waits for the transactions of other threads, where a child must not inherit their connections: longer
than any of them waits for SQLite's lock."""

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
        parsed = parse(url)
        listened_to = None if listen_url is None else parse_listen_url(listen_url)
        self._open(parsed, schema, _DIALECTS[parsed.get_backend_name()](schema, time_outs), listened_to)

    def _open(self, url: URL, schema: str, dialect: Dialect, listen_url: URL | None = None) -> None:
        self.url, self.schema, self.dialect = url, schema, dialect
        self._known: object = None
        self.opener = dialect.opener(url)
        self.opener.update_execution_options(**{DIALECT: self.dialect})
        sa.event.listen(self.opener, "before_cursor_execute", self._name, retval=True)
        self.connections = OpenConnections(self.opener, self.dialect)
        self.queue = ConnectionQueue(CONNECTIONS, QUEUE_SECONDS, self.shown_url)
        self.listener = Listener(self, listen_url)
        self._quiet = False
        at_fork(self._in_child, before=self._before_fork, in_parent=self._in_parent)

    @property
    def shown_url(self) -> str:
        """The URL without its password, wherever that stands in it."""
        return shown(self.url)

    def write(self, *, begin: bool = True) -> AbstractContextManager[Connection]:
        """A transaction that may write: commits on leaving, rolls back on an exception. With `begin` off it is begun by
        the locks of the log, in one journey with them."""
        self._look()
        return Transaction(self, self.dialect.begin_write if begin else (), commits=True)

    def read(self, together: Sequence[str] = ()) -> AbstractContextManager[Connection]:
        """A transaction for reading; all its statements see the same moment of the tables that are named."""
        self._look()
        return Transaction(self, self.dialect.begin_read, together)

    def glance(self, query: str) -> Any:
        """The one value that a query gives, if any, in one journey, no longer than others' locks are waited for. Raises
        `StoreUnavailable` where the file that was opened is gone."""
        with self.translated(), self.queue.permit():
            self.dialect.check_there()
            with self.connections.one() as connection:
                return self.dialect.glance(driver(connection), self.dialect.naming(query))

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Let one process at a time do a work of this name, which takes longer than a transaction may; others wait.
        Whoever is killed lets go."""
        self._look()
        with self.translated(), self.queue.permit(lasting=True), self.dialect.alone(self.connections, work):
            yield

    def keep_ready(self, make: Callable[[], None]) -> None:
        """Have `make` make what is kept here, unless it is there."""
        make()

    def _look(self) -> None:
        if self._known is not None and self._known != self.dialect.identity():
            self._make_anew()

    def _make_anew(self) -> None:
        """See to it that what has gone is there again."""

    def close(self) -> None:
        """Close every connection, those in use when they come back; from now on whoever asks gets `EngineClosed`."""
        self.queue.close()
        with none_meanwhile():
            self.connections.close()

    def _name(self, _connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return self.dialect.naming(sql), parameters

    def _before_fork(self) -> None:
        if self.dialect.quiet_before_fork:
            self._quiet = self.queue.hold_back(QUIET_SECONDS)
            if self._quiet:
                self.connections.close()

    def _in_parent(self) -> None:
        if self.dialect.quiet_before_fork:
            self.queue.go_on()
            self._quiet = False

    def _in_child(self) -> None:
        self.queue.make_anew()
        self.dialect.disinherit(quiet=self._quiet)
        self.connections.forget()
        self._quiet = False

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Let what the drivers raise come out in Footfall's own words."""
        try:
            yield
        except Exception as error:
            if (meant := self.meaning(error)) is not None:
                raise meant from error
            raise

    def meaning(self, error: BaseException) -> FootfallError | None:
        """What an error means where a driver raised it, or SQLAlchemy on its behalf; None for any other."""
        return in_own_words(error, self.url)


class Transaction:
    """Waits for a permit of the queue, takes a connection and begins on it; commits on leaving, if it is one that
    `commits`, and rolls back on an exception. What the drivers raise comes out in Footfall's own words.

    A class, for an event that comes by itself has one: as context managers made of generators, one within the other,
    these few steps took a tenth of what it takes.
    """

    __slots__ = ("_begin", "_commits", "_connection", "_database", "_permit", "_together")

    def __init__(
        self, database: Database, begin: Sequence[str], together: Sequence[str] = (), *, commits: bool = False
    ) -> None:
        self._database, self._begin, self._together, self._commits = database, begin, together, commits
        self._permit = database.queue.permit()
        self._connection: OpenConnection | None = None

    def __enter__(self) -> OpenConnection:
        try:
            self._permit.take()
            self._connection = connection = self._database.connections.take()
            # Begun and committed by the driver, which takes a quarter of the time that it takes SQLAlchemy.
            try:
                for statement in self._begin:
                    connection.driver.execute(statement)
            except Exception:
                hear()
                raise
            if self._together:
                self._database.dialect.see_one_moment(connection, self._together)
        except BaseException as error:
            self._leave()
            if (meant := self._database.meaning(error)) is not None:
                raise meant from error
            raise
        return connection

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        failed: BaseException | None = None
        try:
            if error is None and self._commits and self._connection is not None:
                self._commit(self._connection.driver)
        except Exception as why:
            error = failed = why
        finally:
            self._leave(well=error is None)
        if error is None:
            return
        if (meant := self._database.meaning(error)) is not None:
            raise meant from error
        if failed is not None:
            raise failed

    def _commit(self, driver: Any) -> None:
        if self._database.dialect.is_under_way(driver):  # it may have been a statement that commits by itself
            driver.commit()

    def _leave(self, *, well: bool = False) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                self._database.connections.give_back(connection, well=well)
        finally:
            self._permit.give_back()
