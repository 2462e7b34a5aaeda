"""Where what is folded from the log is kept: with it, or on SQLite in a file of its own beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import RLock

from sqlalchemy.engine import Connection

from ...application.ports.errors import StoreRefused
from ...application.running.forks import at_fork
from ...domain.errors import FootfallError
from .database import Database
from .dialects.sqlite import identity_of
from .dialects.sqlite_beside import SqliteBeside
from .errors import is_damage
from .sqlite_url import beside, file_of, mode_of


def beside_the_log(log: Database) -> Database:
    """The database that keeps what is folded from a log, and reads the log."""
    found: Database = log.dialect.pick(sqlite=FileBeside, postgres=lambda same: same)(log)
    return found


class FileBeside(Database):
    """The file beside that of the log. It may be deleted at any time, also while it is in use: it is made anew before
    the next transaction, and the log folded into it from the first event on."""

    def __init__(self, log: Database) -> None:
        self.log, self.only_read = log, mode_of(log.url) == "ro"
        self.log_path = file_of(log.url).resolve()
        dialect = log.dialect.pick(sqlite=SqliteBeside, postgres=None)(log.dialect, "ro" if self.only_read else "rw")
        self._make: Callable[[], None] | None = None
        self._known: tuple[int, int] | None = None
        self._renew()
        at_fork(self._renew)
        self._open(beside(log.url), log.schema, dialect)
        self.queue = log.queue  # so many connections to both files together

    @property
    def path(self) -> Path:
        """The file."""
        return file_of(self.url)

    def keep_ready(self, make: Callable[[], None]) -> None:
        """Have `make` make what is kept here, unless it is there: now, and whenever it is gone or another one."""
        self._make = make
        self._look()

    def write(self, *, begin: bool = True) -> AbstractContextManager[Connection]:
        """A transaction that may write what is kept here, and read the log."""
        self._look()
        return super().write(begin=begin)

    def read(self, together: Sequence[str] = ()) -> AbstractContextManager[Connection]:
        """A transaction that reads here and in the log."""
        self._look()
        return super().read(together)

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """Let one process at a time do a work of this name."""
        self._look()
        with super().alone(work):
            yield

    def meaning(self, error: BaseException) -> FootfallError | None:
        """What an error means where a driver raised it."""
        if is_damage(error):
            return StoreRefused(
                f"{self.shown_url} is damaged: delete it, and it is made anew from the log. If that does not help, "
                f"{self.log.shown_url} is: restore a backup of that one"
            )
        return super().meaning(error)

    def _renew(self) -> None:
        self._making, self._is_making = RLock(), False

    def _look(self) -> None:
        if self._make is None or self._is_there():
            return
        with self._making:
            if self._is_making or self._is_there():  # by this thread: others wait for it
                return
            self._is_making = True
            try:
                self._make()
                self._known = identity_of(self.path)
            finally:
                self._is_making = False

    def _is_there(self) -> bool:
        return self._known is not None and self._known == identity_of(self.path)
