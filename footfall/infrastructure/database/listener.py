"""Where notifications come from, and what became of the last attempt to hear them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL

from ...application.ports.errors import StoreBusy, StoreUnavailable
from ...application.running.loggers import SUBSCRIPTIONS
from ...domain.errors import FootfallError, InvalidArgument
from .connections import CONNECT_SECONDS, driver
from .dialects.postgres import DIRECT, database_of, leads_to_pooler
from .errors import translate
from .url import shown

if TYPE_CHECKING:
    from .database import Database

REFUSED_SECONDS = 60.0
"""Do not try again sooner where a server refuses, or where nothing would come: neither passes by itself."""
_NOTIFIED, _POLLING = "notifications", "polling"


class Listener:
    """Connects to PostgreSQL outside of the pool, by `listen_url` or else as the pool does."""

    def __init__(self, database: Database, listen_url: URL | None) -> None:
        self._database, self._own_url = database, listen_url
        self._failure: str | None = None
        self._tried_at = self._not_before = float("-inf")

    def connect(self, channel: str) -> psycopg.Connection[Any] | None:
        """A connection that listens on a channel; None where there can be none now. Raises `EngineClosed`."""
        before, connection = self._failure, self._attempt(channel)
        if self._own_url is not None and self._failure not in (None, before):
            SUBSCRIPTIONS.warning("no notifications, the log is looked at once a second: %s", self._failure)
        return connection

    def _attempt(self, channel: str) -> psycopg.Connection[Any] | None:
        self._database.queue.check_open()
        if time.monotonic() < self._not_before:
            return None
        try:
            connection = self._connect(channel)
        except FootfallError as error:
            passes = isinstance(error, StoreUnavailable | StoreBusy)
            self._failed(str(error), 0.0 if passes else REFUSED_SECONDS)
            return None
        self._failure, self._tried_at = None, time.monotonic()
        return connection

    def told(self, channel: str) -> str:
        """How followers hear of news: `notifications`, or `polling` and, where a `listen_url` was to help, why."""
        if self._database.dialect.one_writer:
            return _POLLING
        if self._own_url is None:
            return _NOTIFIED if self._database.dialect.way() == DIRECT else _POLLING
        if time.monotonic() - self._tried_at > REFUSED_SECONDS and (connection := self._attempt(channel)) is not None:
            connection.close()
        return _NOTIFIED if self._failure is None else f"{_POLLING}: {self._failure}"

    def _connect(self, channel: str) -> psycopg.Connection[Any]:
        url = self._own_url or self._database.url
        arguments, options = self._database.opener.dialect.create_connect_args(url)
        patience = {"connect_timeout": CONNECT_SECONDS, **options}
        try:
            connection = psycopg.connect(*arguments, **{**patience, "autocommit": True})
            try:
                self._check(connection, url)
                connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
            except BaseException:
                connection.close()
                raise
        except psycopg.Error as error:
            raise translate(error, url) from error
        return connection

    def _check(self, connection: psycopg.Connection[Any], url: URL) -> None:
        if leads_to_pooler(connection):
            raise InvalidArgument(f"{shown(url)} leads to a pooler, which passes no notifications on")
        if self._own_url is None:
            return
        with self._database.read() as own:
            expected = database_of(driver(own))
        if database_of(connection) != expected:
            raise InvalidArgument(f"{shown(url)} leads to another database than {self._database.shown_url}")

    def _failed(self, why: str, pause: float) -> None:
        self._failure, self._tried_at = why, time.monotonic()
        self._not_before = self._tried_at + pause
