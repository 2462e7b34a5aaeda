"""Where what is folded from the log is kept: with it, or on SQLite in a file of its own beside it."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from ...application.ports.errors import StoreRefused, StoreUnavailable
from ...application.running.forks import at_fork
from ...application.running.retries import retried
from ...domain.errors import FootfallError
from .database import Database
from .dialects.sqlite_beside import VIEWS_FILE, SqliteBeside
from .errors import is_damage, lacks_table
from .sqlite_url import beside, file_of, mode_of

_NONE = object()
"""Stands for a file that is not known: it is none that could be there."""


def beside_the_log(log: Database) -> Database:
    """The database that keeps what is folded from a log, and reads the log."""
    found: Database = log.dialect.pick(sqlite=FileBeside, postgres=lambda same: same)(log)
    return found


class FileBeside(Database):
    """The file beside that of the log. It may be deleted at any time, also while it is in use: it is made anew before
    the next transaction, and the log folded into it from the first event on."""

    def __init__(self, log: Database) -> None:
        self.log, self.only_read = log, mode_of(log.url) == "ro"
        url = beside(log.url)
        self.path, self.log_path = file_of(url), file_of(log.url).resolve()
        dialect = log.dialect.pick(sqlite=SqliteBeside, postgres=None)(log.dialect, "ro" if self.only_read else "rw")
        self._renew()
        at_fork(self._renew)
        self._open(url, log.schema, dialect)
        self.queue = log.queue  # so many connections to both files together

    def keep_ready(self, make: Callable[[], None]) -> None:
        """Have `make` make what is kept here, unless it is there: now, and whenever it is gone or another one."""
        self._make, self._known = make, _NONE
        retried(self._make_anew)  # it may be deleted while it is made

    def meaning(self, error: BaseException) -> FootfallError | None:
        """What an error means where a driver raised it."""
        if lacks_table(error, f"footfall_{VIEWS_FILE}"):
            self._known = _NONE  # another process has just created it, or was killed before it was done
            return StoreUnavailable(f"{self.shown_url} was deleted: it is made anew")
        if is_damage(error):
            return StoreRefused(
                f"{self.shown_url} is damaged: delete it, and it is made anew from the log, or rename it where it is a "
                f"file of yours. If that does not help, {self.log.shown_url} is: restore a backup of that one"
            )
        return super().meaning(error)

    def _renew(self) -> None:
        self._making, self._is_making = RLock(), False

    def _make_anew(self) -> None:
        with self._making:
            if self._is_making or self._known == self.dialect.identity():
                return  # this thread is at it, or another one was first
            self._is_making = True
            try:
                # What was made may be gone by now, and the file of that name be one that another process is making.
                seen: object = _NONE
                while seen != self.dialect.identity():
                    seen = self.dialect.identity()
                    self._make()
                self._known = seen
            finally:
                self._is_making = False
