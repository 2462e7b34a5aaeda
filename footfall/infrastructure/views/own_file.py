"""The file that views have of their own on SQLite: made, and made anew where it is gone or does not fit the log."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from ...application.ports.errors import MigrationNeeded, NameTaken, StoreRefused
from ...application.running.loggers import VIEWS
from ..database.beside import FileBeside
from ..database.connections import driver
from ..database.database import Database
from ..database.dialects.sqlite_beside import VIEWS_FILE
from .dialects import sqlite_source

_TABLES = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
_OWN = f"footfall_{VIEWS_FILE}"


def make_file_ready(database: Database, *, migrate: bool) -> None:
    """See to it that views have a file, and that it is a fold of the log. Raises `NameTaken` where a file of that name
    is none of Footfall's, and `MigrationNeeded` where nothing is to be changed."""
    if isinstance(database, FileBeside) and not _fits(database):
        if database.only_read or not migrate:
            remedy = "open the store without mode=ro once" if database.only_read else "run `footfall migrate` first"
            raise MigrationNeeded(f"{database.shown_url} is not there, or is of another log than this one: {remedy}")
        _make(database)


def _fits(database: FileBeside) -> bool:
    if not database.path.exists():
        return False
    with database.translated(), database.connections.one() as connection:
        raw = driver(connection)
        raw.execute("BEGIN")
        return _is_begun(database, raw) and sqlite_source.fits(raw)


def _is_begun(database: FileBeside, raw: sqlite3.Connection) -> bool:
    tables = {name for (name,) in raw.execute(_TABLES)}
    if tables and _OWN not in tables:
        raise NameTaken(
            f"{database.shown_url}, where the views of {database.log.shown_url} would be, is a file that Footfall did "
            "not make, and nothing was touched: rename one of the two"
        )
    return bool(tables)


def _make(database: FileBeside) -> None:
    database.log.dialect.check_there()
    with database.log.write():  # which one process at a time can begin
        if not database.path.exists():
            try:
                _create(database.path.resolve(), database.log_path)
            except OSError as error:
                raise StoreRefused(f"{database.shown_url} cannot be made: {error.strerror}") from error
        with database.translated():
            database.dialect.make_ready(database.connections)
            with database.connections.one() as connection:
                _begin(database, driver(connection))


def _create(file: Path, log: Path) -> None:
    # What a deleted file has left is of that one: SQLite would take the index of its writes for the new file's.
    for left in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{file}{left}").unlink()
    # It holds what customers did, as the log does: whoever may not read that may not read this.
    rights = log.stat()
    os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    file.chmod(rights.st_mode & 0o777)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(file, rights.st_uid, rights.st_gid)


def _begin(database: FileBeside, raw: sqlite3.Connection) -> None:
    if _is_begun(database, raw):
        for statement in database.dialect.begin_write:
            raw.execute(statement)
        if sqlite_source.fits(raw):
            return  # another process was first
        VIEWS.warning("%s is of another log, or of a later state of it: it is folded anew", database.shown_url)
        sqlite_source.empty(raw)
    else:
        raw.execute("BEGIN")
    sqlite_source.begin(raw)
    raw.commit()
