"""Connections that stay open while nobody uses them, the one used last first."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .dialects.dialect import Dialect

_ERRORS = (sa.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error)


class OpenConnection(Connection):
    """A connection of SQLAlchemy's, and the driver's own below it, for statements where every microsecond counts."""

    def __init__(self, engine: sa.Engine, raw: Any = None) -> None:
        super().__init__(engine, raw)
        self.driver: Any = self.connection.driver_connection
        self.idle: deque[OpenConnection] | None = None
        """Where it goes when nobody uses it."""


class OpenConnections:
    """Opens a connection where none is idle; the `ConnectionQueue` bounds how many there are.

    SQLAlchemy's part of each stays as it is from one use to the next; its own pools make it anew, which is a tenth of
    what an event takes that comes by itself. And they have a lock, which a thread may hold while another one forks: in
    the child it would be held for ever. Here is none.
    """

    def __init__(self, engine: sa.Engine, dialect: Dialect) -> None:
        self._engine, self._is_ready, self._is_under_way = engine, dialect.is_ready, dialect.is_under_way
        self._end_read = dialect.end_read
        self._idle: deque[OpenConnection] = deque()

    def take(self) -> OpenConnection:
        """A connection on which no transaction is under way."""
        idle = self._idle
        while idle:
            with suppress(IndexError):  # another thread has taken it
                connection = idle.pop()
                if self._is_ready is None or self._is_ready(connection.driver):
                    return connection
                _discard(connection)
        connection = OpenConnection(self._engine)
        connection.idle = idle
        if self._is_ready is not None:
            self._is_ready(connection.driver)
        return connection

    def give_back(self, connection: OpenConnection, *, well: bool = False) -> None:
        """End whatever is under way, and keep the connection, unless it broke. One from before all were closed, or of
        the parent, goes. What went `well`, and is not committed, has only read."""
        idle = self._idle
        if connection.idle is not idle or not self._at_rest(connection, well=well):
            _discard(connection)
            return
        idle.append(connection)
        if idle is not self._idle:  # closed in this very moment
            _close(idle)

    @contextmanager
    def one(self) -> Iterator[OpenConnection]:
        """A connection for as long as the block takes."""
        connection = self.take()
        try:
            yield connection
        finally:
            self.give_back(connection)

    def close(self) -> None:
        """Close those that nobody uses; others when they come back."""
        idle, self._idle = self._idle, deque()
        _close(idle)

    def forget(self) -> None:
        """In a child: they are its parent's."""
        self._idle = deque()

    def _at_rest(self, connection: OpenConnection, *, well: bool) -> bool:
        try:
            if well and self._is_under_way(connection.driver):
                self._end_read(connection.driver)
            if connection.in_transaction():  # by SQLAlchemy, which begins one with its first statement
                connection.rollback()
            if self._is_under_way(connection.driver):
                connection.driver.rollback()
        except _ERRORS:
            return False
        return not connection.invalidated and connection.get_transaction() is None


def _close(idle: deque[OpenConnection]) -> None:
    with suppress(IndexError):
        while True:
            idle.pop().close()


def _discard(connection: OpenConnection) -> None:
    connection.invalidate()  # without a word to the database
    connection.close()
