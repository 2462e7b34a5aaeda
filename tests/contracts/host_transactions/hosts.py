"""Hosts that keep rows of their own in the database of the store, each by another library."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Any

import django
import psycopg
import sqlalchemy as sa
from django.conf import settings
from django.db import connections, transaction
from sqlalchemy.orm import Session

import footfall

_ADD = "INSERT INTO orders (number) VALUES ({})"
_COUNT = "SELECT number FROM orders ORDER BY number"
DJANGO = "footfall_test"
"""Django's alias of the host's database."""

if not settings.configured:
    settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    django.setup()


class Undone(Exception):
    """What a host raises that changes its mind."""


@contextmanager
def given_up(block: AbstractContextManager[Any]) -> Iterator[Any]:
    """A transaction, a savepoint or a block that ends with an exception of the host's."""
    with suppress(Undone), block as entered:
        yield entered
        raise Undone


class Host(ABC):
    """A host with a table of orders. It begins and ends its transactions as its library has it."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    @abstractmethod
    def connection(self) -> Any:
        """What it lends."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Any]:
        """A transaction: commits on leaving, rolls back on an exception."""

    @abstractmethod
    def savepoint(self) -> AbstractContextManager[Any]:
        """A savepoint in it: an exception rolls back to it."""

    @abstractmethod
    def execute(self, statement: str) -> None:
        """Carry out a statement that returns nothing."""

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def order(self, number: int) -> None:
        """Write a row."""
        self.execute(_ADD.format(number))

    def orders(self) -> list[int]:
        """The rows that are committed."""
        return orders_in(self.url)


class OfSqlite(Host):
    """sqlite3, which begins by itself."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url)
        self._connection: sqlite3.Connection = sqlite3.connect(file_of(url), **options)

    @property
    def connection(self) -> sqlite3.Connection:
        return self._connection

    def transaction(self) -> AbstractContextManager[Any]:
        return self._connection

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        self.execute("SAVEPOINT host")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK TO host")
            self.execute("RELEASE host")
            raise
        self.execute("RELEASE host")

    def execute(self, statement: str) -> None:
        self._connection.execute(statement)


class BeginsByHand(OfSqlite):
    """sqlite3 in autocommit, with a transaction begun by a statement: it has not the write lock yet."""

    def __init__(self, url: str) -> None:
        super().__init__(url, isolation_level=None)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")


class OfPsycopg(Host):
    """psycopg, which begins by itself and commits when it is told to."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url)
        self._connection: psycopg.Connection[Any] = psycopg.connect(libpq(url), **options)

    @property
    def connection(self) -> psycopg.Connection[Any]:
        return self._connection

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def savepoint(self) -> AbstractContextManager[Any]:
        return self._connection.transaction()

    def execute(self, statement: str) -> None:
        self._connection.execute(statement)


class InBlocks(OfPsycopg):
    """psycopg in autocommit, with transactions that are blocks."""

    def __init__(self, url: str) -> None:
        super().__init__(url, autocommit=True)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._connection.transaction():
            yield


class OfSqlalchemy(Host):
    """A `Connection` of SQLAlchemy."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._engine = sa.create_engine(with_driver(url))
        self._connection = self._engine.connect()

    @property
    def connection(self) -> sa.Connection:
        return self._connection

    def transaction(self) -> AbstractContextManager[Any]:
        return self._connection.begin()

    def savepoint(self) -> AbstractContextManager[Any]:
        return self._connection.begin_nested()

    def execute(self, statement: str) -> None:
        self._connection.execute(sa.text(statement))

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


class CommitsAsItGoes(OfSqlalchemy):
    """The same, where the host begins nothing and calls `commit`."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()


class OfSession(Host):
    """A `Session` of SQLAlchemy."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._engine = sa.create_engine(with_driver(url))
        self._session = Session(self._engine)

    @property
    def connection(self) -> Session:
        return self._session

    def transaction(self) -> AbstractContextManager[Any]:
        return self._session.begin()

    def savepoint(self) -> AbstractContextManager[Any]:
        return self._session.begin_nested()

    def execute(self, statement: str) -> None:
        self._session.execute(sa.text(statement))

    def close(self) -> None:
        self._session.close()
        self._engine.dispose()


class OfDjango(Host):
    """Django's connection."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        connections.databases[DJANGO] = {**connections.databases["default"], **_django_settings(url)}

    @property
    def connection(self) -> Any:
        return connections[DJANGO]

    def transaction(self) -> AbstractContextManager[Any]:
        made: AbstractContextManager[Any] = transaction.atomic(using=DJANGO)
        return made

    def savepoint(self) -> AbstractContextManager[Any]:
        return self.transaction()

    def execute(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def close(self) -> None:
        self.connection.close()
        del connections[DJANGO], connections.databases[DJANGO]


ON_SQLITE: dict[str, type[Host]] = {
    "sqlite3": OfSqlite,
    "sqlite3 begun by hand": BeginsByHand,
    "SQLAlchemy on SQLite": OfSqlalchemy,
    "SQLAlchemy on SQLite as it goes": CommitsAsItGoes,
    "a Session on SQLite": OfSession,
    "Django on SQLite": OfDjango,
}
ON_POSTGRES: dict[str, type[Host]] = {
    "psycopg": OfPsycopg,
    "psycopg in blocks": InBlocks,
    "SQLAlchemy on PostgreSQL": OfSqlalchemy,
    "SQLAlchemy on PostgreSQL as it goes": CommitsAsItGoes,
    "a Session on PostgreSQL": OfSession,
    "Django on PostgreSQL": OfDjango,
}
KINDS = {**ON_SQLITE, **ON_POSTGRES}


@contextmanager
def opened(kind: str, url: str) -> Iterator[Host]:
    """A host of a kind, with an empty table of orders."""
    create_orders(url)
    host = KINDS[kind](url)
    with closing(host):
        yield host


def create_orders(url: str) -> None:
    """Make the host's table."""
    with closing(plain(url)) as connection:
        connection.execute("CREATE TABLE orders (number INTEGER PRIMARY KEY)")
        connection.commit()


def orders_in(url: str) -> list[int]:
    """The host's rows that are committed."""
    with closing(plain(url)) as connection:
        return [number for (number,) in connection.execute(_COUNT)]


def plain(url: str) -> Any:
    """A connection of the driver by itself, which is not lent."""
    return sqlite3.connect(file_of(url), timeout=30) if url.startswith("sqlite") else psycopg.connect(libpq(url))


def file_of(url: str) -> str:
    """The path of a SQLite store."""
    return url.removeprefix("sqlite:///")


def libpq(url: str) -> str:
    """libpq's form of a PostgreSQL URL."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def with_driver(url: str) -> str:
    """SQLAlchemy's form of it, with the driver that is lent."""
    return url if url.startswith("sqlite") else libpq(url).replace("postgresql:", "postgresql+psycopg:", 1)


def _django_settings(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": file_of(url)}
    found = psycopg.conninfo.conninfo_to_dict(libpq(url))
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{name: str(found.get(key) or "") for name, key in names.items()},
    }


def actions(engine: footfall.Tracking, customer: Any) -> list[str]:
    """What a customer did, the newest first, without the session's own announcements."""
    return [one.action for one in engine.timeline(customer) if not one.action.startswith("session.")]
