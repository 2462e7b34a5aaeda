"""A disk that loses what was not synced: a SQLite VFS by APSW, and a driver over it in place of Python's own."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import apsw
import pytest
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

NAME = "volatile"
SECTOR = 512
_KEPT = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL
_ERRORS: dict[type[Exception], type[sqlite3.Error]] = {
    apsw.ConstraintError: sqlite3.IntegrityError,
    apsw.Error: sqlite3.OperationalError,
}


class Disk(apsw.VFS):
    """Files are written to the real disk when they are synced, and not before. After so many writes and syncs the
    power is cut: of what was not synced some goes to the disk, some does not, and some is torn."""

    def __init__(self, rng: random.Random, operations: int) -> None:
        super().__init__(NAME, base="")
        self.rng, self._left = rng, operations
        self.files: list[VolatileFile] = []

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802  # SQLite's name
        """Open a file; temporary ones do not matter."""
        if not flags[0] & _KEPT:
            return super().xOpen(name, flags)
        file = VolatileFile(self, name, flags)
        self.files.append(file)
        return file

    def operation(self) -> None:
        """Count a write or a sync; the last one of all does not happen."""
        self._left -= 1
        if self._left < 0:
            for file in self.files:
                file.cut()
            os.kill(os.getpid(), signal.SIGKILL)


class VolatileFile(apsw.VFSFile):
    """A file as programs see it, and what of that the disk does not have yet."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._seen = bytearray(super().xRead(super().xFileSize(), 0))
        self._pending: list[tuple[int, bytes | None]] = []

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        """What was written last, synced or not."""
        return bytes(self._seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Write, which does not reach the disk yet."""
        self._disk.operation()
        self._pending.append((offset, bytes(data)))
        if len(self._seen) < offset:
            self._seen.extend(bytes(offset - len(self._seen)))
        self._seen[offset : offset + len(data)] = data

    def xTruncate(self, size: int) -> None:  # noqa: N802
        """Shorten, which does not reach the disk yet."""
        self._pending.append((size, None))
        del self._seen[size:]

    def xFileSize(self) -> int:  # noqa: N802
        """The size as programs see it."""
        return len(self._seen)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Let the disk have all of it."""
        self._disk.operation()
        for offset, data in self._pending:
            self._put(offset, data)
        self._pending.clear()
        super().xSync(flags)

    def cut(self) -> None:
        """Let the disk have what it may have by chance."""
        rng = self._disk.rng
        for offset, data in self._pending:
            fate = rng.random()
            if fate < 0.3:
                self._put(offset, data)
            elif fate < 0.6 and data is not None and len(data) > SECTOR:
                sectors = rng.randrange(1, len(data) // SECTOR + 1)
                self._put(offset, data[: sectors * SECTOR])

    def _put(self, offset: int, data: bytes | None) -> None:
        if data is None:
            super().xTruncate(offset)
        else:
            super().xWrite(data, offset)


class Cursor:
    """As much of a cursor as the engine uses."""

    arraysize = 1

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1

    @property
    def lastrowid(self) -> int:
        """The number of the row that was inserted last."""
        return self._connection.last_insert_rowid()

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Carry out a statement, and keep its rows."""
        return self._carry_out(lambda cursor: cursor.execute(statement, parameters))

    def executemany(self, statement: str, parameters: Any) -> Cursor:
        """Carry out a statement for each list of parameters."""
        return self._carry_out(lambda cursor: cursor.executemany(statement, parameters))

    def _carry_out(self, work: Callable[[apsw.Cursor], Any]) -> Cursor:
        cursor = self._connection.cursor()
        self.description = None
        cursor.exec_trace = self._describe
        before = self._connection.total_changes()
        try:
            self._rows = list(work(cursor))
        except apsw.Error as error:
            kind = _ERRORS.get(type(error), sqlite3.OperationalError)
            raise kind(str(error)) from error
        self.rowcount = self._connection.total_changes() - before
        return self

    def _describe(self, cursor: apsw.Cursor, *_: Any) -> bool:
        self.description = [(name, *[None] * 6) for name, _ in cursor.get_description()] or None
        return True

    def __iter__(self) -> Any:
        return iter(self.fetchall())

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        """The next rows."""
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    def close(self) -> None:
        """Forget the rows."""
        self._rows = []


class Connection:
    """As much of a connection as the engine uses. A connection holds its file alone: shared memory, by which others
    would take part, is not the VFS's."""

    isolation_level: str | None = None

    def __init__(self, path: str, *, safe: bool) -> None:
        self._connection = apsw.Connection(path, vfs=NAME)
        self._safe = safe
        self.execute("PRAGMA locking_mode = EXCLUSIVE")

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Carry out a statement; what the engine sets is changed where the disk shall be taken at its word."""
        if statement.startswith("PRAGMA synchronous") and not self._safe:
            statement = "PRAGMA synchronous = OFF"
        if statement.startswith("PRAGMA wal_autocheckpoint"):
            statement = "PRAGMA wal_autocheckpoint = 40"  # so that checkpoints are cut off, too
        return self.cursor().execute(statement, parameters)

    def executemany(self, statement: str, parameters: Any) -> Cursor:
        """Carry out a statement for each list of parameters."""
        return self.cursor().executemany(statement, parameters)

    def cursor(self) -> Cursor:
        """A cursor."""
        return Cursor(self._connection)

    def create_function(self, name: str, arguments: int, function: Callable[..., Any], **_: Any) -> None:
        """Let SQL call a function."""
        self._connection.create_scalar_function(name, function, arguments)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is under way."""
        return self._connection.in_transaction

    def commit(self) -> None:
        """Commit, where a transaction is under way."""
        if self.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back, where a transaction is under way."""
        if self.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class ConnectionToViews(Connection):
    """One to the file of the views, which is on an ordinary disk: what it loses is folded again. The log's file cannot
    be attached, since it is held alone; a copy of it stands in its place, and nothing is folded here."""

    def __init__(self, path: str) -> None:
        self._connection, self._safe = apsw.Connection(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI), True

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Carry out a statement; the log that is attached is a copy."""
        if statement.startswith("ATTACH"):
            log = Path(unquote(urlsplit(parameters[0]).path))
            parameters = (str(shutil.copy(log, log.with_suffix(".copy"))),)
        return super().execute(statement, parameters)

    def is_to_the_file(self) -> bool:
        """It is."""
        return True

    def check_same(self) -> None:
        """The same."""


_disks: list[Disk] = []


def on_a_volatile_disk(patch: pytest.MonkeyPatch, *, seed: int, operations: int, safe: bool) -> None:
    """Let this process's SQLite stores live on a disk whose power is cut after so many operations. `safe` off: the
    engine does not wait for the disk."""
    _disks.append(Disk(random.Random(seed), operations))  # kept: SQLite goes on using it
    driver = SimpleNamespace(**{name: value for name, value in vars(sqlite3).items() if not name.startswith("__")})
    driver.connect = lambda path, **_: ConnectionToViews(path) if ".views." in path else Connection(path, safe=safe)
    patch.setattr(SQLiteDialect_pysqlite, "import_dbapi", lambda: driver)
