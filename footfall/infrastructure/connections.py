"""Connection pools: how each kind of database is connected to, and how long anything is waited for."""

from __future__ import annotations

from selectors import EVENT_READ, DefaultSelector
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from .patient_connection import PatientConnection

CONNECT_SECONDS = 5
SILENCE_SECONDS = 5.0
"""So long after the time of a statement is up its server is taken for dead."""
CONNECTIONS = 15
_POOL = {"pool_size": CONNECTIONS, "max_overflow": 0}
"""Connections beyond the pool's size would be closed after each use, and opening one takes longer than most reads."""
_SQLITE_LOCK_SECONDS, _POSTGRES_LOCK_SECONDS = 10, 1.5
# The locks of a process that dies are free at once, those of a machine that vanishes when the server misses it.
_LOST_AFTER_5_SECONDS = (
    "tcp_keepalives_idle=2",
    "tcp_keepalives_interval=1",
    "tcp_keepalives_count=3",
    "tcp_user_timeout=5000",
)


class TimeOuts(NamedTuple):
    """How many seconds a call waits for what another one holds (None: 1.5 on PostgreSQL; 10 on SQLite, where any two
    writers are in each other's way), and how long a statement may take on PostgreSQL."""

    lock: float | None = None
    statement: float = 30.0


DEFAULT_TIME_OUTS = TimeOuts()


def sqlite(url: URL, time_outs: TimeOuts) -> Engine:
    """A pool of connections to a SQLite file."""
    patience = _SQLITE_LOCK_SECONDS if time_outs.lock is None else time_outs.lock
    engine = sa.create_engine(url, connect_args={"timeout": patience}, **_POOL)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # Transactions are begun by hand below: the driver's own begin too late, after the first read.
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -32768")
        # Four times the default: a page that changes often is copied back from the log of writes more seldom.
        connection.execute("PRAGMA wal_autocheckpoint = 4000")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not driver(connection).in_transaction:
            driver(connection).execute("BEGIN")

    return engine


def postgres(url: URL, schema: str, time_outs: TimeOuts) -> Engine:
    """A pool of connections to PostgreSQL, to the tables of a schema."""
    patience = _POSTGRES_LOCK_SECONDS if time_outs.lock is None else time_outs.lock
    # Generic plans: every hot statement is an index look-up for a list of keys, and planning it over all partitions
    # of the log takes longer than running it.
    settings = [
        f"search_path={schema}",
        "timezone=UTC",
        "plan_cache_mode=force_generic_plan",
        f"lock_timeout={patience * 1000:.0f}",
        f"statement_timeout={time_outs.statement * 1000:.0f}",
        *_LOST_AFTER_5_SECONDS,
    ]
    options = " ".join(f"-c {setting}" for setting in settings)
    given = url.query.get("options")
    arguments: dict[str, Any] = {"options": f"{options} {given}" if given else options}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = CONNECT_SECONDS
    engine = sa.create_engine(url, connect_args=arguments, **_POOL)

    @sa.event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> PatientConnection:
        return PatientConnection.connect(*arguments, **options, prepare_threshold=2)

    @sa.event.listens_for(engine, "checkout")
    def look(connection: PatientConnection, _record: Any, _proxy: Any) -> None:
        connection.patience = time_outs.statement + SILENCE_SECONDS if time_outs.statement else None
        # A server says something to a connection that nobody uses only when it ends it; the pool then takes another.
        # This costs no journey to the server.
        with DefaultSelector() as incoming:
            incoming.register(connection, EVENT_READ)
            if incoming.select(timeout=0):
                raise sa.exc.DisconnectionError

    return engine


def driver(connection: Connection) -> Any:
    """The driver's own connection below a SQLAlchemy one, for statements where every microsecond counts."""
    return connection.connection.driver_connection
