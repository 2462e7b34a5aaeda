"""What a host lends: a connection of its library, the driver's own below it, and how the library makes savepoints."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
import sqlalchemy as sa

from ....domain.errors import InvalidArgument

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def _ready() -> None:
    """Nothing is to be done."""


class Loan(NamedTuple):
    """A connection that is lent; `savepoint` is left through the library, which so knows what was rolled back. What the
    library has put off, it does when it is asked to make `ready`, which is before each use."""

    driver: Any
    savepoint: Callable[[], AbstractContextManager[Any]]
    ready: Callable[[], None] = _ready


def loan(connection: Any) -> Loan:
    """Look below a connection, and let its library know that a transaction is under way. Raises `InvalidArgument`."""
    orm = sys.modules.get("sqlalchemy.orm")  # 7 MB, which whoever lends a session has loaded
    if orm is not None and isinstance(connection, orm.scoped_session):
        connection = connection()
    if orm is not None and isinstance(connection, orm.Session):
        return _of_session(connection)
    if isinstance(connection, sa.Connection):
        with _told():
            return _of_sqlalchemy(connection)
    if any(one.__module__.startswith("django.") for one in type(connection).__mro__):
        return _of_django(connection)
    if isinstance(connection, sqlite3.Connection):
        return Loan(connection, partial(_savepoint_of_sqlite, connection))
    if isinstance(connection, psycopg.Connection):
        return Loan(connection, connection.transaction)
    return Loan(connection, connection)  # whatever it is, the dialect does not speak it


def _of_session(session: Session) -> Loan:
    # A session makes a savepoint when its connection is next asked for, not when it is told to.
    def ready() -> None:
        with _told():
            session.connection()

    @contextmanager
    def savepoint() -> Iterator[None]:
        with session.begin_nested():
            ready()
            yield

    with _told():
        return Loan(session.connection().connection.driver_connection, savepoint, ready)


def _of_sqlalchemy(connection: sa.Connection) -> Loan:
    # Otherwise its commit() would take it that there was nothing to commit.
    if connection.get_transaction() is None:
        connection.begin()
    return Loan(connection.connection.driver_connection, connection.begin_nested)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sa.exc.InvalidRequestError as error:
        raise InvalidArgument(f"SQLAlchemy says: {' '.join(str(error).split())}") from error


def _of_django(given: Any) -> Loan:
    from django.db import connections, transaction

    connection = connections[given.alias]
    if not connection.in_atomic_block and connection.get_autocommit():
        raise InvalidArgument("no transaction is under way: begin one, with transaction.atomic()")
    if connection.needs_rollback:
        raise InvalidArgument("the transaction has failed, and can only be rolled back: leave its atomic() block")
    connection.ensure_connection()
    return Loan(connection.connection, partial(transaction.atomic, using=given.alias))


@contextmanager
def _savepoint_of_sqlite(connection: sqlite3.Connection) -> Iterator[None]:
    def execute(statement: str) -> None:
        sqlite3.Connection.cursor(connection, sqlite3.Cursor).execute(statement)

    execute("SAVEPOINT footfall")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            execute("ROLLBACK TO SAVEPOINT footfall")
            execute("RELEASE SAVEPOINT footfall")
        raise
    execute("RELEASE SAVEPOINT footfall")
