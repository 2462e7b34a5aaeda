"""The database: one connection pool, transactions, and driver errors in Footfall's own words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import psycopg
import sqlalchemy as sa
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL, Connection, Engine, make_url
from tenacity import Retrying, retry_if_exception_message, wait_fixed

from ..application.ports import AppendConflict, StoreBusy, StoreUnavailable
from ..domain.errors import FootfallError

SCHEMA = "footfall"
"""The PostgreSQL schema that holds every table unless said, so that a host application's own names stay free."""

CONNECT_SECONDS = 10
POOL_SECONDS = 1.5
_SQLITE_LOCK_SECONDS, _POSTGRES_LOCK_SECONDS = 10, 1.5
_SCHEMA_LOCK = 0x_F007_FA11
_WORK_LOCKS = 0x_F008
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


class InvalidDatabase(FootfallError):
    """The database URL is malformed, of a kind that Footfall does not speak, or cannot be opened."""


class Database:
    """A database by its URL: `sqlite:///file.db` or `postgresql://user@host/name`; `schema` is PostgreSQL's."""

    def __init__(self, url: str, schema: str = SCHEMA, time_outs: TimeOuts = DEFAULT_TIME_OUTS) -> None:
        self.url, self.schema, self.time_outs = _parse(url), schema, time_outs
        self.is_postgres = self.url.get_backend_name() == "postgresql"
        self.engine = _postgres(self.url, schema, time_outs) if self.is_postgres else _sqlite(self.url, time_outs)
        self._writing = self.engine.execution_options(footfall_writes=True)

    @property
    def shown_url(self) -> str:
        """The URL without its password, wherever that stands in it."""
        secret = {name: "***" for name in self.url.query if name in ("password", "passfile", "sslpassword")}
        return self.url.update_query_dict(secret).render_as_string(hide_password=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: commits on leaving, rolls back on an exception."""
        with self._translated(), self._writing.begin() as connection:
            yield connection

    def wait_for_locks(self, connection: Connection) -> None:
        """Let the transaction wait for locks as long as a statement may take: for work that nobody waits for."""
        if self.is_postgres:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")

    def take_time(self, connection: Connection) -> None:
        """Let the statements of the transaction take as long as they need: for work on whole tables."""
        if self.is_postgres:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")

    @contextmanager
    def read(self, at_one_moment: Sequence[str] = ()) -> Iterator[Connection]:
        """A transaction for reading; all its statements see the same moment of the tables that are named.

        Otherwise each statement sees, on PostgreSQL, what is committed when it begins: to an older view of the database
        a table that a rebuild swapped in meanwhile would look empty. So tables are locked before the moment is fixed.
        """
        with self._translated(), self.engine.connect() as connection:
            if at_one_moment and self.is_postgres:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                connection.exec_driver_sql(f"LOCK TABLE {', '.join(at_one_moment)} IN ACCESS SHARE MODE")
            yield connection

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Let one process at a time do a work of this name, which takes longer than a transaction may; others wait.
        Whoever is killed lets go."""
        if not self.is_postgres:
            with self.read() as connection:
                file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]  # main comes first
            with self._translated(), _locked_file(f"{file}-{work}"):
                yield
            return
        lock = sa.func.hashtext(f"{self.schema} {work}")
        with self._translated(), self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = 0; SET statement_timeout = 0")
            connection.execute(sa.select(sa.func.pg_advisory_lock(_WORK_LOCKS, lock)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_WORK_LOCKS, lock)))
                connection.exec_driver_sql("RESET lock_timeout; RESET statement_timeout")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def listen(self, channel: str) -> psycopg.Connection[Any]:
        """A connection to PostgreSQL, outside of the pool, that listens on a channel. Raises `psycopg.Error`."""
        arguments, options = self.engine.dialect.create_connect_args(self.url)
        connection = psycopg.connect(*arguments, **{**options, "autocommit": True, "connect_timeout": CONNECT_SECONDS})
        connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
        return connection

    def lock_schema(self, connection: Connection) -> None:
        """Let no other process change tables before the transaction ends; on SQLite none can write anyway."""
        if self.is_postgres:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.TimeoutError:
            raise StoreBusy(f"every connection to {self.shown_url} is in use; use fewer threads at once") from None
        except (sa.exc.DBAPIError, psycopg.Error, sqlite3.Error) as error:
            raise _translate(error, self.shown_url) from error


def driver(connection: Connection) -> Any:
    """The driver's own connection below a SQLAlchemy one, for statements where every microsecond counts."""
    return connection.connection.driver_connection


@contextmanager
def _locked_file(path: str) -> Iterator[None]:
    # SQLite's own lock on an empty database beside the store: it works on every system, and ends with the process.
    waiting = Retrying(retry=retry_if_exception_message(match=".*locked.*"), wait=wait_fixed(0.1), reraise=True)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        waiting(lock.execute, "BEGIN EXCLUSIVE")
        yield


def _translate(error: Exception, shown_url: str) -> FootfallError:
    original = getattr(error, "orig", None) or error
    name = type(original).__name__
    text = str(original).strip() or name
    if isinstance(original, psycopg.errors.UniqueViolation) or "UNIQUE constraint failed" in text:
        return AppendConflict(text)
    if isinstance(original, psycopg.errors.QueryCanceled):
        return StoreBusy(f"{shown_url} took too long: {text}; FOOTFALL_STATEMENT_TIMEOUT says how long it may take")
    if "database is locked" in text or isinstance(original, psycopg.errors.LockNotAvailable):
        return StoreBusy(f"{shown_url} is held by another process: {text}; try again when it is done")
    return StoreUnavailable(f"{shown_url} failed: {text}")


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise InvalidDatabase(
            "the database URL must look like sqlite:///shop.db or postgresql://user:password@host:5432/name"
        ) from None
    if "@" in (parsed.host or ""):
        raise InvalidDatabase("the database URL has more than one @: write one that is part of the password as %40")
    if parsed.drivername in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise InvalidDatabase("a database in memory would be gone with its connection: name a file, sqlite:///shop.db")
    if parsed.drivername in ("sqlite", "postgresql+psycopg"):
        return parsed
    raise InvalidDatabase(f"Footfall speaks sqlite:// and postgresql://, not {parsed.drivername}://")


def _sqlite(url: URL, time_outs: TimeOuts) -> Engine:
    patience = _SQLITE_LOCK_SECONDS if time_outs.lock is None else time_outs.lock
    engine = sa.create_engine(url, connect_args={"timeout": patience}, pool_timeout=POOL_SECONDS)

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
        writes = connection.get_execution_options().get("footfall_writes", False)
        driver(connection).execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(url: URL, schema: str, time_outs: TimeOuts) -> Engine:
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
    arguments = {"options": f"{options} {given}" if given else options, "connect_timeout": CONNECT_SECONDS}
    engine = sa.create_engine(url, connect_args=arguments, pool_timeout=POOL_SECONDS)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection[Any], _record: Any) -> None:
        connection.prepare_threshold = 2

    return engine
