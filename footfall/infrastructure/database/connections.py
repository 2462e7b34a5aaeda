"""Connections of a pool: how many, how long anything is waited for, and the driver's own below SQLAlchemy's."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

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


driver: Callable[[Connection], Any] = attrgetter("connection.driver_connection")
"""The driver's own connection below a SQLAlchemy one, for statements where every microsecond counts."""
