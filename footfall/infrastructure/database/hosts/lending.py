"""A store's database as a host's own transaction sees it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import PoolProxiedConnection

from ....application.ports.errors import ForkedInTransaction
from ....domain.errors import InvalidArgument
from ..connections import driver
from ..database import Database
from ..errors import in_one_line, translate_within
from ..open_connections import OpenConnection
from .libraries import Loan, loan
from .postgres import LentPostgres
from .sqlite import LentSqlite

Lent = LentPostgres | LentSqlite


class Lender:
    """Takes connections of one database that a host lends."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._identity: object = None

    @contextmanager
    def lend(self, connection: Any) -> Iterator[LentDatabase]:
        """Use a connection inside the host's transaction until the block ends, which neither commits nor rolls back.

        An exception in the block undoes what was done in it. Raises `InvalidArgument` for a connection that cannot be
        used, and `StoreBusy`.
        """
        with _translated(self._database):
            lending = loan(connection)
            lent = self._take(lending)
        with _savepoint(lending):
            inside = LentDatabase(self._database, lent, lending.ready)
            try:
                yield inside
            finally:
                inside.given_back = True
            with _translated(self._database):
                lent.check_under_way()

    def _take(self, lending: Loan) -> Lent:
        kind: Any = self._database.dialect.pick(sqlite=LentSqlite, postgres=LentPostgres)
        if not isinstance(lending.driver, kind.kind):
            given = f"{type(lending.driver).__module__}.{type(lending.driver).__qualname__}"
            raise InvalidArgument(
                f"{self._database.shown_url} takes a connection of {kind.takes}, by itself or below SQLAlchemy's or "
                f"Django's, and not {given}"
            )
        lent: Lent = kind(lending.driver, self._database.dialect)
        lent.check_free()
        self._check_database(lent)
        lent.begin()
        return lent

    def _check_database(self, lent: Lent) -> None:
        found = lent.identity()
        if found == self._identity:
            return
        with self._database.read() as connection:
            self._identity = lent.identity_of(driver(connection))
        if found != self._identity:
            raise InvalidArgument(f"the connection is to another database than {self._database.shown_url}")


class LentDatabase(Database):
    """A database through one connection, in the transaction of the host that lends it. Each use is a savepoint."""

    def __init__(self, database: Database, lent: Lent, ready: Callable[[], None]) -> None:
        self.url, self.schema, self.dialect = database.url, database.schema, database.dialect
        self.opener, self.queue = database.opener, database.queue
        self._lent, self._ready = lent, ready
        self.given_back, self._process = False, os.getpid()

    @contextmanager
    def write(self, *, begin: bool = True) -> Iterator[Connection]:  # the host has begun
        """A savepoint in the host's transaction: an exception rolls back to it."""
        if self.given_back:
            raise InvalidArgument("the block has ended, and with it what was used inside it")
        if os.getpid() != self._process:
            raise ForkedInTransaction("the process was forked within the host's transaction, which is the parent's")
        self.queue.check_open()
        with _translated(self):
            self._ready()
            call = self._lent.call()
        with _translated(self), call:
            yield OpenConnection(self.opener, LentToSqlalchemy(self._lent.driver))

    @contextmanager
    def read(self, together: Sequence[str] = ()) -> Iterator[Connection]:
        """The same: a statement that fails must not take the host's transaction with it."""
        with self.write() as connection:
            yield connection


class LentToSqlalchemy(PoolProxiedConnection):
    """What stands between SQLAlchemy and a connection that is none of its pool's. It ends no transaction."""

    def __init__(self, driver: Any) -> None:
        self._driver = self.driver_connection = self.dbapi_connection = driver

    @property
    def closed(self) -> bool:
        """Whether psycopg's connection is closed; SQLAlchemy asks where a statement has failed."""
        return bool(self._driver.closed)

    @property
    def broken(self) -> bool:
        """Whether it was lost."""
        return bool(self._driver.broken)

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        """A cursor of the driver's."""
        return self._driver.cursor(*arguments, **options)

    def commit(self) -> None:
        """The host does."""

    def rollback(self) -> None:
        """The host does, or who made the savepoint."""


@contextmanager
def _translated(database: Database) -> Iterator[None]:
    try:
        yield
    except (sa.exc.DBAPIError, psycopg.Error, sqlite3.Error) as error:
        raise translate_within(error, database.url) from error


@contextmanager
def _savepoint(lending: Loan) -> Iterator[None]:
    # What the block raises goes through; what its end raises comes of a library that finds its savepoint gone.
    raised: BaseException | None = None
    try:
        with lending.savepoint():
            try:
                yield
            except BaseException as error:
                raised = error
                raise
    except Exception as error:
        if raised is not None:
            raise raised from None if raised is error else error
        raise InvalidArgument(f"the transaction was ended inside the block: {in_one_line(error)}") from error
