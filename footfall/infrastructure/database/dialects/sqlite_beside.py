"""SQLite: a second file beside that of the log, to which the log is attached, only to be read."""

from __future__ import annotations

from collections.abc import Sequence
from operator import methodcaller
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ....application.ports.errors import StoreUnavailable
from ..connections import TimeOuts
from .sqlite import COPY_BACK, MOST_PAGES, SqliteDialect, identity_of

VIEWS_FILE = "views_file"
"""The table that tells such a file from any other, and of which log it is; it has one row."""

_WRITE_NOTHING = f"UPDATE footfall_{VIEWS_FILE} SET edition = edition WHERE 0"  # noqa: S608  # a name of ours


class SqliteBeside(SqliteDialect):
    """The `Dialect` of the second file. No transaction writes both files, nor holds a lock of both: a commit of two
    would not be one if the machine stopped in between.

    Each transaction begins with a look at the second file, so that the moment of the log that it sees is never before
    what has been folded. BEGIN IMMEDIATE would take the lock of either file, and fails on a read-only one in versions
    of SQLite from before 2019; a first statement that writes takes that of its own file, and waits for it just as well.
    """

    begin_write = ("BEGIN", _WRITE_NOTHING)
    begin_read = ("BEGIN", f"SELECT edition FROM footfall_{VIEWS_FILE}")  # noqa: S608  # a name of ours

    def __init__(self, log: SqliteDialect, mode: str) -> None:
        super().__init__("", TimeOuts(log.lock_seconds))
        self._log, self._mode = log, mode
        self.is_ready = methodcaller("is_to_the_file")

    def opener(self, url: URL) -> sa.Engine:
        """What opens connections to the file, where it is there."""
        return super().opener(url.set(query={"mode": self._mode}))

    def _files(self) -> Sequence[Path]:
        return self.path, self._log.path

    def _look_for_file(self) -> None:
        if identity_of(self.path) is None:
            raise StoreUnavailable(f"the file {self.path} was deleted: it is made anew")

    def _prepare(self, connection: Any, record: Any) -> None:
        super()._prepare(connection, record)
        connection.file = self.path, identity_of(self.path)
        connection.check_there = connection.check_same
        # Whoever opened a log that replaced it may have begun to fold that one into the same file.
        connection.check_attached = self._log.check_there
        # What is lost with the machine is folded again. Never is it ahead of the log: that is on the disk before
        # anybody sees it.
        connection.execute("PRAGMA main.synchronous = NORMAL")
        # Where no commit waits for the disk, it may become long.
        connection.copied_back_at = MOST_PAGES
        connection.execute(COPY_BACK.format(MOST_PAGES))
        self._log.check_there()
        connection.execute("ATTACH ? AS footfall_log_file", (f"file:{quote(str(self._log.path))}?mode=ro",))
        connection.execute("PRAGMA footfall_log_file.cache_size = -4096")
