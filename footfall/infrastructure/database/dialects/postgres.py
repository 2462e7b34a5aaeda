"""PostgreSQL: many writers, each with locks of its own, and time-outs for whatever is waited for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from psycopg.types.string import BytesBinaryDumper
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import NullPool

from ..connections import CONNECT_SECONDS, TimeOuts, driver
from ..inherited import disinherit
from ..naming import Naming, check_schema
from .deadline_connection import SILENCE_SECONDS, DeadlineConnection, lead_nowhere, was_ended
from .dialect import Connections

DIRECT = "direct"
_LOCK_SECONDS = 1.5
PLANNED_SECONDS = 10.0
"""So long the statements of reads are carried out as they were planned."""
_SCHEMA_LOCK = 0x_F007_FA11
_WORK_LOCKS = 0x_F008
# The locks of a process that dies are free at once, those of a machine that vanishes when the server misses it.
_LOST_AFTER_5_SECONDS = {
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5000",
}
# Every hot statement is an index look-up for a list of keys, and planning it over all partitions of the log takes
# longer than running it.
_PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}

# The server, by the moment in which it began to run, and the database: a copy elsewhere is not the same one.
_WHICH = """
SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint, current_database()::text
"""


class PostgresDialect:
    """The `Dialect` of PostgreSQL. What a transaction needs is set in it, and ends with it."""

    one_writer = quiet_before_fork = False

    def __init__(self, schema: str, time_outs: TimeOuts) -> None:
        self.naming = Naming(check_schema(schema))
        self._patience = time_outs.statement + SILENCE_SECONDS if time_outs.statement else None
        self._lock_seconds = _LOCK_SECONDS if time_outs.lock is None else time_outs.lock
        self.waits = waits = {
            "lock_timeout": f"{self._lock_seconds * 1000:.0f}",
            "statement_timeout": f"{time_outs.statement * 1000:.0f}",
        }
        self._settings = waits | _PLANNED_ONCE | _LOST_AFTER_5_SECONDS
        self.begin_read = (_begin(waits | _PLANNED_ONCE),)
        self.begin_write = (_begin(self._settings),)
        self.through_pooler: bool | None = None
        self._connections: WeakSet[DeadlineConnection] = WeakSet()

    @property
    def set_up(self) -> str:
        """What `begin_write` does after its first statement, in one that a pipeline can carry."""
        return "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in self._settings.items())

    def pick(self, *, sqlite: Any, postgres: Any) -> Any:  # the other one is SQLite's
        """What goes with PostgreSQL."""
        return postgres

    def opener(self, url: URL) -> sa.Engine:
        """What opens connections that tell the server nothing but who they are: a pooler would drop the rest."""
        patience = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
        engine = sa.create_engine(url, connect_args=patience, poolclass=NullPool, pool_reset_on_return=None)
        sa.event.listen(engine, "do_connect", self._connect)
        return engine

    def is_ready(self, driver: DeadlineConnection) -> bool:
        """Set its patience, and see whether the server has ended it."""
        driver.patience = self._patience
        return not was_ended(driver)

    def is_under_way(self, driver: DeadlineConnection) -> bool:
        """As the driver knows, also where it has failed."""
        return bool(driver.pgconn.transaction_status != TransactionStatus.IDLE)

    def way(self) -> str:
        """Whether they lead to the server itself, or to a pooler before it."""
        return "through a pooler" if self.through_pooler else DIRECT

    def check_there(self) -> None:
        """Only the server knows."""

    def identity(self) -> object:
        """There is none."""
        return None

    def glance(self, driver: Any, query: str) -> Any:
        """All of it is sent at once, and a server that says nothing is given up."""
        driver.patience = self._lock_seconds
        lock = {"lock_timeout": self.waits["lock_timeout"], "statement_timeout": self.waits["lock_timeout"]}
        cursor = driver.execute(f"{_begin(lock)}; {query}; COMMIT")
        for _ in range(1 + len(lock)):
            cursor.nextset()
        row = cursor.fetchone()
        return row and row[0]

    def see_one_moment(self, connection: Connection, tables: Sequence[str]) -> None:
        """Otherwise each statement sees what is committed when it begins. To an older view of the database a table that
        a rebuild swapped in meanwhile would look empty, so tables are locked before the moment is fixed."""
        if tables:
            names = ", ".join(f'footfall."{table}"' for table in tables)
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.exec_driver_sql(f"LOCK TABLE {names} IN ACCESS SHARE MODE")

    def end_read(self, driver: Any) -> None:
        """Behind a ROLLBACK psycopg has the server forget every statement that it has prepared, so that each is planned
        anew: now and then, for a plan that was made while a table was small reads all of it."""
        if (now := time.monotonic()) > driver.planned_at + PLANNED_SECONDS:
            driver.planned_at = now
            driver.rollback()
        else:
            driver.commit()

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

    def create_schema(self, connection: Connection) -> None:
        """Create it, unless it is there: then no right to create any is needed."""
        if self.naming.schema not in sa.inspect(connection).get_schema_names():
            connection.execute(sa.schema.CreateSchema(str(self.naming.schema)))

    def make_ready(self, _connections: Connections) -> None:
        """Nothing is set for good."""

    def lock_schema(self, connection: Connection) -> None:
        """Hold a lock of the transaction that whoever changes tables takes."""
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    @contextmanager
    def alone(self, connections: Connections, work: str) -> Iterator[None]:
        """Hold a lock of a transaction that does nothing else, and sees nothing for which old rows would be kept."""
        lock = sa.func.hashtext(f"{self.naming.schema} {work}")
        with connections.one() as connection:
            unbounded = dict.fromkeys(("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"), "0")
            driver(connection).patience = None
            driver(connection).execute(_begin(unbounded))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WORK_LOCKS, lock)))
            yield

    def _connect(self, _dialect: Any, _record: Any, arguments: Any, options: Any) -> DeadlineConnection:
        connection = DeadlineConnection.connect(*arguments, **options, autocommit=True, prepare_threshold=2)
        # Else COPY takes the one of DB-API's `Binary`, which is Python.
        connection.adapters.register_dumper(bytes, BytesBinaryDumper)
        connection.remembered = set()
        self._connections.add(connection)
        self.through_pooler = leads_to_pooler(connection)
        if self.through_pooler:
            connection.prepare_threshold = None  # the next transaction may have another session, which knows none
        return connection

    def disinherit(self, *, quiet: bool) -> None:
        """The server must not hear a word from the child on its parent's lines. That other threads were in the middle
        of something does no harm: it goes on in the parent."""
        inherited = list(self._connections)
        self._connections = WeakSet()
        lead_nowhere(inherited)
        disinherit(inherited)


def leads_to_pooler(connection: Any) -> bool:
    """Whether a connection ends at a pooler: that tells of another process than the one that answers."""
    found = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
    return bool(found != connection.info.backend_pid)


def database_of(connection: Any) -> object:
    """Which database a connection is to, for comparison with that of another one."""
    return connection.execute(_WHICH).fetchone()


def _begin(settings: dict[str, str]) -> str:
    return "; ".join(["BEGIN", *(f"SET LOCAL {name} = {value}" for name, value in settings.items())])
