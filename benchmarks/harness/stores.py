"""Where benchmarks write: a new database for each repetition, on SQLite or PostgreSQL, and what it promises."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from itertools import count
from typing import Protocol

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy.engine import make_url

import footfall
from footfall.infrastructure.database import durability
from footfall.infrastructure.database.database import Database


class Store(Protocol):
    """A kind of database."""

    name: str
    naive_target: float
    """How many times faster than the naive baseline the engine shall take events in."""
    bare_target: float
    """Which share of the bare limit it shall reach, its views included."""

    grows_to: int
    """How many events a store shall hold at the end of the growth run."""
    parts_of_growth: int
    """In how many parts that is divided, of which the last is compared with the first."""
    many_writers: bool
    """Whether several processes can write at once."""
    target_of_cores: float
    """How many times faster than one process an import shall be that takes as many as pay."""

    def fresh(self) -> AbstractContextManager[str]:
        """The URL of an empty database, which is gone afterwards."""

    def settings(self) -> dict[str, str]:
        """What decides how durable and how fast a commit is."""


class Sqlite:
    """Files in the directory for temporary files, which must be on a real disk."""

    name = "SQLite"
    naive_target: float = 50
    bare_target: float = 0.36
    grows_to = 3_000_000
    parts_of_growth = 6
    many_writers = False
    target_of_cores = 1.4

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of an empty database, which is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder:
            yield f"sqlite:///{folder}/store.db"

    def settings(self) -> dict[str, str]:
        """What decides how durable and how fast a commit is."""
        with self.fresh() as url:
            footfall.open(url).close()  # which is what switches the file to write-ahead logging
            return _settings(url)


class Postgres:
    """Databases on one server."""

    name = "PostgreSQL"
    naive_target: float = 130
    bare_target: float = 0.28
    grows_to = 10_000_000
    parts_of_growth = 10
    many_writers = True
    target_of_cores = 1.8

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._numbers = count()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of an empty database, which is gone afterwards."""
        name = f"footfall_bench_{os.getpid()}_{next(self._numbers)}"
        self._execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        # What the last benchmark left to write out must not fall into the next one's time.
        self._execute(SQL("CHECKPOINT"))
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def settings(self) -> dict[str, str]:
        """What decides how durable and how fast a commit is."""
        return _settings(self._address)

    @property
    def _address(self) -> str:
        return self._url.render_as_string(hide_password=False)

    def _execute(self, statement: SQL | Composed) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement)


def _settings(url: str) -> dict[str, str]:
    with closing(Database(url)) as database:
        return durability.settings(database)
