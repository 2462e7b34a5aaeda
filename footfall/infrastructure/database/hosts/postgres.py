"""A connection of psycopg that a host lends: used beside its own settings, and left as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composable

from ....domain.errors import InvalidArgument
from ..dialects.postgres import PostgresDialect, database_of

_SAVEPOINT = SQL("SAVEPOINT footfall_call; SELECT {}; SELECT {}")
_RELEASE = SQL("RELEASE SAVEPOINT footfall_call; SELECT {}")
_UNDO = "ROLLBACK TO SAVEPOINT footfall_call; RELEASE SAVEPOINT footfall_call"
_NOT_USABLE = {
    TransactionStatus.ACTIVE: "is in use: end the COPY, or whatever else it is busy with, first",
    TransactionStatus.INERROR: "has a transaction that has failed and can only be rolled back",
    TransactionStatus.UNKNOWN: "is closed",
}


class BesideHost(psycopg.Connection[Any]):
    """A second object for the connection of a host: with its own row factory, adapters and no prepared statements,
    whose names could be the host's. It neither begins a transaction nor ends one, and never closes the connection."""

    def __init__(self, host: psycopg.Connection[Any]) -> None:
        pgconn = host.pgconn
        handlers = pgconn.notice_handler, pgconn.notify_handler
        super().__init__(pgconn, tuple_row)
        # What the server tells is the host's to hear, also while it answers us.
        pgconn.notice_handler, pgconn.notify_handler = handlers
        self.lock = host.lock
        self.prepare_threshold = None
        self._autocommit = True

    def __del__(self, _warn: Any = None, /) -> None:
        """The host closes the connection, or not: nobody is to be warned that this object did not."""


class LentPostgres:
    """The connection while it is lent."""

    kind: type[Any] = psycopg.Connection
    takes = "psycopg 3"

    def __init__(self, host: psycopg.Connection[Any], dialect: PostgresDialect) -> None:
        self._host = host
        self.driver = BesideHost(host)
        settings = {**dialect.waits, "client_encoding": "UTF8"}
        asked = SQL(", ").join(SQL("current_setting({})").format(name) for name in settings)
        self._names, self._enter = list(settings), _SAVEPOINT.format(asked, _set(settings))

    @staticmethod
    def identity_of(driver: Any) -> object:
        """Which database a connection is to."""
        return database_of(driver)

    def identity(self) -> object:
        """The same of the connection that is lent."""
        return self.identity_of(self.driver)

    def begin(self) -> None:
        """Begin the host's transaction, as it would, unless it is under way. Raises `InvalidArgument` where there is
        none, or none that may write."""
        cursor = psycopg.Cursor(self.driver)
        if self._host.pgconn.transaction_status == TransactionStatus.IDLE:
            if self._host.autocommit:
                raise InvalidArgument("no transaction is under way, and the connection commits by itself: begin one")
            cursor = psycopg.Cursor(self._host, row_factory=tuple_row)
        if cursor.execute("SHOW transaction_read_only", prepare=False).fetchone() == ("on",):
            raise InvalidArgument("the transaction is one that only reads")

    def check_under_way(self) -> None:
        """Raises `InvalidArgument` where the host's transaction is not what it was."""
        self.check_free()
        if self._host.pgconn.transaction_status != TransactionStatus.INTRANS:
            raise InvalidArgument("the transaction was ended inside the block")

    @contextmanager
    def call(self) -> Iterator[None]:
        """A savepoint, in which our own time-outs hold and the host's settings are not in the way. An exception rolls
        back to it."""
        self.check_under_way()
        cursor = self.driver.execute(self._enter)
        cursor.nextset()
        before = dict(zip(self._names, cursor.fetchall()[0], strict=True))
        try:
            yield
        except BaseException:
            with suppress(psycopg.Error):
                self.driver.execute(_UNDO)  # which takes the settings back, too
            raise
        self.driver.execute(_RELEASE.format(_set(before)))

    def check_free(self) -> None:
        """Raises `InvalidArgument` where no statement can be carried out on the connection."""
        status = TransactionStatus(self._host.pgconn.transaction_status)
        if status in _NOT_USABLE:
            raise InvalidArgument(f"the connection {_NOT_USABLE[status]}")
        if self._host.pgconn.pipeline_status != PipelineStatus.OFF:
            raise InvalidArgument("the connection is in a pipeline: leave it first")


def _set(settings: Mapping[str, str]) -> Composable:
    return SQL(", ").join(SQL("set_config({}, {}, true)").format(name, value) for name, value in settings.items())
