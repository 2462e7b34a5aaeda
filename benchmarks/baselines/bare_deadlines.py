"""The limit for the sweep: the rows that say when to look at whom, deleted by the driver alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeVar

import psycopg

from footfall.infrastructure.database.naming import SCHEMA

DeadlineRow = tuple[Any, ...]
_T = TypeVar("_T")


def read(url: str) -> list[DeadlineRow]:
    """The rows."""
    return _with(url, lambda driver, table: driver.execute(f"SELECT * FROM {table}").fetchall())


def fill(url: str, rows: list[DeadlineRow]) -> None:
    """Write rows into a store that has none."""
    place = "?" if url.startswith("sqlite") else "%s"
    places = ", ".join([place] * 4)
    _with(url, lambda driver, table: driver.cursor().executemany(f"INSERT INTO {table} VALUES ({places})", rows))


def delete(url: str) -> int:
    """Delete all rows and read what they were; how many there were."""
    return len(_with(url, lambda driver, table: driver.execute(f"DELETE FROM {table} RETURNING *").fetchall()))


def _with(url: str, work: Callable[[Any, str], _T]) -> _T:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as sqlite, sqlite:
            sqlite.execute("PRAGMA synchronous = FULL")
            return work(sqlite, f"{SCHEMA}_due")
    with psycopg.connect(url) as postgres:
        return work(postgres, f"{SCHEMA}.due")
