"""A connection of sqlite3 that a host lends: used beside its own settings, and left as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ....domain.errors import InvalidArgument
from ..dialects.sqlite import SqliteDialect

_WRITE_NOTHING = "UPDATE footfall_store SET created_at = created_at WHERE 0"


class PlainCursors:
    """Cursors of a host's connection that give plain rows, whatever factories the host has set."""

    def __init__(self, host: sqlite3.Connection) -> None:
        self._host = host

    @property
    def in_transaction(self) -> bool:
        """Whether the host's transaction is under way."""
        return self._host.in_transaction

    def cursor(self) -> sqlite3.Cursor:
        """A cursor that gives tuples."""
        cursor = sqlite3.Connection.cursor(self._host, sqlite3.Cursor)
        cursor.row_factory = None
        return cursor

    def execute(self, statement: str, parameters: Any = ()) -> sqlite3.Cursor:
        """Carry out a statement."""
        return self.cursor().execute(statement, parameters)

    def executemany(self, statement: str, parameters: Iterable[Any]) -> sqlite3.Cursor:
        """Carry out a statement with each of some parameters."""
        return self.cursor().executemany(statement, parameters)


class LentSqlite:
    """The connection while it is lent."""

    kind: type[Any] = sqlite3.Connection
    takes = "sqlite3"

    def __init__(self, host: sqlite3.Connection, dialect: SqliteDialect) -> None:
        self._host, self._lock_seconds = host, dialect.lock_seconds
        self.driver = PlainCursors(host)

    @staticmethod
    def identity_of(driver: Any) -> object:
        """Which file a connection is to. Raises `InvalidArgument` where it is to none."""
        file = next(file for _, name, file in driver.execute("PRAGMA database_list").fetchall() if name == "main")
        if not file:
            raise InvalidArgument("the connection is to a database in memory")
        found = Path(file).stat()
        return found.st_dev, found.st_ino

    def identity(self) -> object:
        """The same of the connection that is lent."""
        with self._plain_text():
            return self.identity_of(self.driver)

    def check_free(self) -> None:
        """A statement can always be carried out."""

    def begin(self) -> None:
        """Begin the host's transaction, unless it is under way, and take the one write lock: who has only read so far
        may be refused it later. Raises `InvalidArgument` where nobody would commit."""
        under_way = self._host.in_transaction
        commits_by_itself = self._host.isolation_level is None or getattr(self._host, "autocommit", None) is True
        if not under_way and commits_by_itself:
            raise InvalidArgument("no transaction is under way, and the connection commits by itself: begin one")
        with self._patience():
            self.driver.execute(_WRITE_NOTHING if under_way else "BEGIN IMMEDIATE")

    def check_under_way(self) -> None:
        """Raises `InvalidArgument` where the host's transaction has ended."""
        if not self._host.in_transaction:
            raise InvalidArgument("the transaction was ended inside the block")

    @contextmanager
    def call(self) -> Iterator[None]:
        """A savepoint, in which text is text. An exception rolls back to it."""
        self.check_under_way()
        with self._plain_text():
            self.driver.execute("SAVEPOINT footfall_call")
            try:
                yield
            except BaseException:
                with suppress(sqlite3.Error):
                    self.driver.execute("ROLLBACK TO SAVEPOINT footfall_call")
                    self.driver.execute("RELEASE SAVEPOINT footfall_call")
                raise
            self.driver.execute("RELEASE SAVEPOINT footfall_call")

    @contextmanager
    def _plain_text(self) -> Iterator[None]:
        before, self._host.text_factory = self._host.text_factory, str
        try:
            yield
        finally:
            self._host.text_factory = before

    @contextmanager
    def _patience(self) -> Iterator[None]:
        before = self.driver.execute("PRAGMA busy_timeout").fetchone()[0]
        self.driver.execute(f"PRAGMA busy_timeout = {self._lock_seconds * 1000:.0f}")
        try:
            yield
        finally:
            self.driver.execute(f"PRAGMA busy_timeout = {before}")
