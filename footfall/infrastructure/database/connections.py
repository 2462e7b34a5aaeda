"""Connections of a pool: how many, how long anything is waited for, and the driver's own below SQLAlchemy's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.engine import Connection

CONNECT_SECONDS = 5
CONNECTIONS = 15
"""As many as threads may have at once; all stay open, for opening one takes longer than most reads."""


class TimeOuts(NamedTuple):
    """How many seconds a call waits for what another one holds (None: 1.5 on PostgreSQL; 10 on SQLite, where any two
    writers are in each other's way), and how long a statement may take on PostgreSQL."""

    lock: float | None = None
    statement: float = 30.0


DEFAULT_TIME_OUTS = TimeOuts()


@contextmanager
def pipelined(driver: psycopg.Connection[Any]) -> Iterator[None]:
    """Statements that make one journey. An error among them comes when the pipeline has ended: one that is left with an
    error under way has the driver complain to the host's log, also of what is merely tried again."""
    error: Exception | None = None
    try:
        with driver.pipeline():
            try:
                yield
            except Exception as raised:
                error = raised
    except psycopg.Error as raised:
        error = error or raised  # the first one is the cause
    if error is not None:
        raise error


@contextmanager
def copying(driver: psycopg.Connection[Any], statement: str, types: Sequence[str]) -> Iterator[Callable[..., None]]:
    """A COPY of rows of these types into a table; gives what writes one. What the server refuses comes on leaving.
    Where the connection is lost, it is left as if nothing were wrong: else the driver complains to the host's log."""
    lost: psycopg.OperationalError | None = None
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            try:
                yield copy.write_row
            except psycopg.OperationalError as raised:
                lost = raised
    except psycopg.Error as raised:
        raise (lost or raised) from None
    if lost is not None:
        raise lost


driver: Callable[[Connection], Any] = attrgetter("driver")
"""The driver's own connection below a SQLAlchemy one, for statements where every microsecond counts."""
