"""Connections of a pool: how many, how long anything is waited for, and the driver's own below SQLAlchemy's."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy.engine import Connection

CONNECTIONS = 15
CONNECT_SECONDS = 5
POOL = {"pool_size": CONNECTIONS, "max_overflow": 0}
"""Connections beyond the pool's size would be closed after each use, and opening one takes longer than most reads."""


class TimeOuts(NamedTuple):
    """How many seconds a call waits for what another one holds (None: 1.5 on PostgreSQL; 10 on SQLite, where any two
    writers are in each other's way), and how long a statement may take on PostgreSQL."""

    lock: float | None = None
    statement: float = 30.0


DEFAULT_TIME_OUTS = TimeOuts()


driver: Callable[[Connection], Any] = attrgetter("connection.driver_connection")
"""The driver's own connection below a SQLAlchemy one, for statements where every microsecond counts."""
