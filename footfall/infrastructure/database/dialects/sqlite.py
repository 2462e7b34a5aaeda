"""SQLite: one file, one writer at a time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection
from sqlalchemy.pool import NullPool

from ....application.ports.errors import ForkedInTransaction, StoreUnavailable
from ....application.running.forks import none_meanwhile
from ..connections import TimeOuts, driver
from ..inherited import disinherit, keep_for_ever
from ..naming import Naming
from ..sqlite_url import file_of, mode_of
from .dialect import Connections

_LOCK_SECONDS = 10
_GLANCE_SECONDS = 0.02

# The log of writes is copied back at so many pages, and written from its beginning again: to write over what is there
# takes the disk half as long as to make a file longer. Transactions of many rows write a page anew so often that it
# pays to copy it back more seldom; who writes few beside them, and so finds it longer, leaves that to them.
COPY_BACK = "PRAGMA wal_autocheckpoint = {}"
_FEWEST_PAGES, MOST_PAGES = 1_000, 16_000
_ROWS_A_STEP = 32
_LONGER = 5 * (4_096 + 24) // 4
"""So many bytes a page: a quarter longer than where this connection copies it back."""
_LOOKS_EVERY = 64
"""It looks every so many commits: when a file's times were asked for, the kernel notes new ones with the next write."""

# Who reads first and takes the write lock then would be refused it.
BEGIN_WRITE = "BEGIN IMMEDIATE"


class SqliteDialect:
    """The `Dialect` of SQLite."""

    one_writer = quiet_before_fork = True
    begin_write: Sequence[str] = (BEGIN_WRITE,)
    begin_read: Sequence[str] = ("BEGIN",)
    naming = Naming(None)

    def __init__(self, _schema: str, time_outs: TimeOuts) -> None:
        self.lock_seconds = _LOCK_SECONDS if time_outs.lock is None else time_outs.lock
        self.is_ready: Callable[[Any], bool] | None = None
        self.is_under_way = attrgetter("in_transaction")
        self._connections: WeakSet[Any] = WeakSet()
        self._file: tuple[int, int] | None = None

    def pick(self, *, sqlite: Any, postgres: Any) -> Any:  # the other one is PostgreSQL's
        """What goes with SQLite."""
        return sqlite

    def opener(self, url: URL) -> sa.Engine:
        """What opens connections to a file."""
        self.path = file_of(url).absolute()
        options = {"timeout": self.lock_seconds, "factory": _Connection}
        engine = sa.create_engine(_for_driver(url), connect_args=options, poolclass=NullPool, pool_reset_on_return=None)
        sa.event.listen(engine, "do_connect", self._before_connecting)
        sa.event.listen(engine, "connect", self._prepare)
        return engine

    def way(self) -> str:
        """They open it."""
        return "a file of this machine"

    def check_there(self) -> None:
        """A connection goes on with a file that was removed, and a new one would make another."""
        identity = identity_of(self.path)
        if identity is None or identity != (self._file or identity):
            raise StoreUnavailable(
                f"the file {self.path} is not the one that was opened: put that one back, or close the engine and "
                "open it anew (start the server anew); nothing was written"
            )

    def identity(self) -> object:
        """That of the file as it is now."""
        return identity_of(self.path)

    def glance(self, driver: Any, query: str) -> Any:
        """A statement is a transaction of its own."""
        row = driver.execute(query).fetchone()
        return row and row[0]

    def see_one_moment(self, _connection: Connection, _tables: Sequence[str]) -> None:
        """A transaction sees one moment by itself."""

    def end_read(self, driver: Any) -> None:
        """There is nothing to be written to the file."""
        driver.rollback()

    def wait_for_locks(self, _connection: Connection) -> None:
        """There is only the one lock, which the transaction has."""

    def give_way(self, _connection: Connection) -> None:
        """Readers hold nothing that a writer must wait for."""

    def take_time(self, _connection: Connection) -> None:
        """No statement is bounded."""

    def create_schema(self, _connection: Connection) -> None:
        """A file has no schemas."""

    def make_ready(self, connections: Connections) -> None:
        """Switch the file to write-ahead logging, where it is not: it stays so. SQLite itself does not wait for others
        here, and needs the file alone for a moment."""
        deadline = time.monotonic() + self.lock_seconds
        with connections.one() as connection:
            while True:
                try:
                    driver(connection).execute("PRAGMA main.journal_mode = WAL").fetchall()
                except sqlite3.OperationalError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(_GLANCE_SECONDS)
                else:
                    return

    def lock_schema(self, _connection: Connection) -> None:
        """No other process can write anyway."""

    def alone(self, connections: Connections, work: str) -> AbstractContextManager[None]:
        """Hold the lock of an empty file beside the store, which ends with the process."""
        # Not at the top: a system without forks has no such locks, and everything else works there.
        from ..file_lock import file_lock

        with none_meanwhile(), connections.one() as connection:
            file = connection.exec_driver_sql("PRAGMA database_list").all()[0][2]  # main comes first
        return file_lock(f"{file}-{work}")

    def disinherit(self, *, quiet: bool) -> None:
        """SQLite keeps in the process's memory what locks the process has on a file, and in memory that all processes
        share how far a transaction is. A child with a connection of its parent's believes to have the parent's locks;
        if it closed that connection, it would roll the parent's transaction back. So it must not touch the file."""
        inherited = list(self._connections)
        self._connections = WeakSet()
        if not quiet:
            _untouchable.update(map(identity_of, self._files()))
            disinherit(inherited)
            for connection in inherited:
                keep_for_ever(connection)

    def _files(self) -> Sequence[Path]:
        return (self.path,)

    def _before_connecting(self, _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        self._check_touchable()
        self._look_for_file()
        if self._file is not None and not options.get("uri"):
            # Where it is gone, SQLite would make an empty one, and remove what was written last of the other.
            arguments[0], options["uri"] = f"file:{quote(str(self.path))}?mode=rw", True

    def _look_for_file(self) -> None:
        if self._file is not None:
            self.check_there()

    def _check_touchable(self) -> None:
        for file in self._files() if _untouchable else ():
            if identity_of(file) in _untouchable:
                raise ForkedInTransaction(
                    f"this process was forked while a transaction on {file} was under way, and cannot use the file: "
                    "SQLite allows that only where no connection is inherited. Fork while the engine is at rest "
                    "(before `start()`, outside of transactions), or start the process anew (spawn, exec)"
                )

    def _prepare(self, connection: Any, _record: Any) -> None:
        self._connections.add(connection)
        connection.check_there = self.check_there
        file = connection.execute("PRAGMA database_list").fetchall()[0][2]
        self._file, connection.log_of_writes = self._file or identity_of(Path(file)), Path(f"{file}-wal")
        # Transactions are begun by hand: the driver's own begin too late, after the first read.
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = FULL")
        # What a host's triggers and views say of a table is theirs, also when a rebuild puts another in its place.
        connection.execute("PRAGMA legacy_alter_table = ON")
        connection.execute("PRAGMA cache_size = -12288")
        connection.execute(COPY_BACK.format(_FEWEST_PAGES))


class _Connection(sqlite3.Connection):
    """The driver's own is of a kind that nothing can refer to weakly, and commits to a file that nobody finds any more:
    what was acknowledged would be gone when the last connection is closed."""

    check_there: Callable[[], None]
    check_attached: Callable[[], None]
    """Raises `StoreUnavailable` where the file that is attached, if one is, is no longer that of its name."""
    file: tuple[Path, tuple[int, int] | None]
    """Where its file was opened, and which one it was."""
    log_of_writes: Path
    """The file of SQLite's log of what was written last."""
    copied_back_at = _FEWEST_PAGES
    """At so many pages."""
    _changed_before = _commits = 0

    def is_to_the_file(self) -> bool:
        """Whether its file is still the one of that name."""
        path, identity = self.file
        return identity == identity_of(path)

    def check_same(self) -> None:
        """Raises `StoreUnavailable` where it is not, or the attached one is not."""
        self.check_attached()
        if not self.is_to_the_file():
            raise StoreUnavailable(f"the file {self.file[0]} was deleted or replaced meanwhile: it is made anew")

    def commit(self) -> None:
        """Commit to the file that is there under its name. Raises `StoreUnavailable`."""
        self.check_there()
        changed, self._changed_before = self.total_changes - self._changed_before, self.total_changes
        pages = min(_FEWEST_PAGES * (1 + changed // _ROWS_A_STEP), MOST_PAGES)
        self._commits += 1
        if self._commits % _LOOKS_EVERY == 0 and self._is_longer():
            pages = MOST_PAGES
        if pages > self.copied_back_at:
            self.copied_back_at = pages
            self.execute(COPY_BACK.format(pages))
        super().commit()

    def _is_longer(self) -> bool:
        try:
            return self.log_of_writes.stat().st_size > self.copied_back_at * _LONGER
        except OSError:
            return False


_untouchable: set[tuple[int, int] | None] = set()
"""Files that the parent was in the middle of changing when this process was forked."""


def _for_driver(url: URL) -> URL:
    if (mode := mode_of(url)) == "rwc":
        return url
    name = quote(str(file_of(url).absolute()))
    return url.set(database=f"file:{name}", query={"uri": "true", "mode": mode})


def identity_of(file: Path) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
