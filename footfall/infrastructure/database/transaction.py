"""A transaction on a connection that is one thread's for as long as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .errors import in_own_words
from .open_connections import OpenConnection

if TYPE_CHECKING:
    from .database import Database


class Transaction:
    """Waits for a permit of the queue, takes a connection and begins on it; commits on leaving, if it is one that
    `commits`, and rolls back on an exception. What the drivers raise comes out in Footfall's own words.

    A class, for an event that comes by itself has one: as context managers made of generators, one within the other,
    these few steps took a tenth of what it takes.
    """

    __slots__ = ("_begin", "_commits", "_connection", "_database", "_permit", "_together")

    def __init__(
        self, database: Database, begin: str | None, together: Sequence[str] = (), *, commits: bool = False
    ) -> None:
        self._database, self._begin, self._together, self._commits = database, begin, together, commits
        self._permit = database.queue.permit()
        self._connection: OpenConnection | None = None

    def __enter__(self) -> OpenConnection:
        try:
            self._permit.take()
            self._connection = connection = self._database.connections.take()
            # Begun and committed by the driver, which takes a quarter of the time that it takes SQLAlchemy.
            if self._begin is not None:
                connection.driver.execute(self._begin)
            if self._together:
                self._database.dialect.see_one_moment(connection, self._together)
        except BaseException as error:
            self._leave()
            if (meant := in_own_words(error, self._database.url)) is not None:
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
            self._leave()
        if error is None:
            return
        if (meant := in_own_words(error, self._database.url)) is not None:
            raise meant from error
        if failed is not None:
            raise failed

    def _commit(self, driver: Any) -> None:
        if self._database.dialect.is_under_way(driver):  # it may have been a statement that commits by itself
            driver.commit()

    def _leave(self) -> None:
        connection, self._connection = self._connection, None
        try:
            if connection is not None:
                self._database.connections.give_back(connection)
        finally:
            self._permit.give_back()
