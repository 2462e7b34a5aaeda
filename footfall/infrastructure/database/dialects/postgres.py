"""PostgreSQL: many writers, each with locks of its own, and time-outs for whatever is waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from ..connections import CONNECT_SECONDS, TimeOuts, driver
from ..idle_pool import IdlePool
from ..inherited import disinherit
from .deadline_connection import DeadlineConnection, lead_nowhere, ready_for_use

_LOCK_SECONDS = 1.5
_SCHEMA_LOCK = 0x_F007_FA11
_WORK_LOCKS = 0x_F008
# The locks of a process that dies are free at once, those of a machine that vanishes when the server misses it.
_LOST_AFTER_5_SECONDS = (
    "tcp_keepalives_idle=2",
    "tcp_keepalives_interval=1",
    "tcp_keepalives_count=3",
    "tcp_user_timeout=5000",
)


class PostgresDialect:
    """The `Dialect` of PostgreSQL."""

    one_writer = quiet_before_fork = False
    begin_write = begin_read = None

    def __init__(self) -> None:
        self._connections: WeakSet[DeadlineConnection] = WeakSet()

    def pick(self, *, sqlite: Any, postgres: Any) -> Any:  # the other one is SQLite's
        """What goes with PostgreSQL."""
        return postgres

    def pool(self, url: URL, schema: str, time_outs: TimeOuts) -> sa.Engine:
        """A pool of connections whose search path is the schema."""
        engine = sa.create_engine(url, connect_args=_arguments(url, schema, time_outs), poolclass=IdlePool)
        sa.event.listen(engine, "do_connect", self._connect)
        sa.event.listen(engine, "checkout", ready_for_use(time_outs.statement))
        return engine

    def see_one_moment(self, connection: Connection, tables: Sequence[str]) -> None:
        """Otherwise each statement sees what is committed when it begins. To an older view of the database a table that
        a rebuild swapped in meanwhile would look empty, so tables are locked before the moment is fixed."""
        if tables:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.exec_driver_sql(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE")

    def wait_for_locks(self, connection: Connection) -> None:
        """For work that nobody waits for."""
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")

    def give_way(self, connection: Connection) -> None:
        """A reader's long query holds what is to be changed, and others queue behind who waits for it."""
        connection.exec_driver_sql("SET LOCAL lock_timeout = '250ms'")

    def take_time(self, connection: Connection) -> None:
        """For work on whole tables."""
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        driver(connection).patience = None

    def create_schema(self, connection: Connection, schema: str) -> None:
        """Create it, unless it is there."""
        connection.execute(sa.schema.CreateSchema(schema, if_not_exists=True))

    def lock_schema(self, connection: Connection) -> None:
        """Hold a lock of the transaction that whoever changes tables takes."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    @contextmanager
    def alone(self, pool: sa.Engine, schema: str, work: str) -> Iterator[None]:
        """Hold a lock of the connection, outside of any transaction."""
        lock = sa.func.hashtext(f"{schema} {work}")
        with pool.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = 0; SET statement_timeout = 0")
            driver(connection).patience = None
            connection.execute(sa.select(sa.func.pg_advisory_lock(_WORK_LOCKS, lock)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_WORK_LOCKS, lock)))
                connection.exec_driver_sql("RESET lock_timeout; RESET statement_timeout")

    def disinherit(self, pool: sa.Engine, quiet: bool) -> None:
        """The server must not hear a word from the child on its parent's lines. That other threads were in the middle
        of something does no harm: it goes on in the parent."""
        inherited = list(self._connections)
        self._connections = WeakSet()
        lead_nowhere(inherited)
        disinherit(inherited)

    def _connect(self, _dialect: Any, _record: Any, arguments: Any, options: Any) -> DeadlineConnection:
        connection = DeadlineConnection.connect(*arguments, **options, prepare_threshold=2)
        self._connections.add(connection)
        return connection


def _arguments(url: URL, schema: str, time_outs: TimeOuts) -> dict[str, Any]:
    lock_seconds = _LOCK_SECONDS if time_outs.lock is None else time_outs.lock
    settings = [
        f"search_path={schema}",
        "timezone=UTC",
        # Every hot statement is an index look-up for a list of keys, and planning it over all partitions of the log
        # takes longer than running it.
        "plan_cache_mode=force_generic_plan",
        f"lock_timeout={lock_seconds * 1000:.0f}",
        f"statement_timeout={time_outs.statement * 1000:.0f}",
        *_LOST_AFTER_5_SECONDS,
    ]
    options = " ".join(f"-c {setting}" for setting in settings)
    given = url.query.get("options")
    arguments: dict[str, Any] = {"options": f"{options} {given}" if given else options}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = CONNECT_SECONDS
    return arguments
