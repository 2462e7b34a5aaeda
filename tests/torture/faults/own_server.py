"""A PostgreSQL server that belongs to one scenario, which may stop and change it as it likes."""

from __future__ import annotations

from types import TracebackType

import psycopg

from tests.postgres import PostgresServer

from ..watch.plain_sql import libpq


class OwnServer(PostgresServer):
    """A server that is started now and removed on leaving."""

    def __init__(self) -> None:
        super().__init__()
        self.url = self.start()

    def __enter__(self) -> OwnServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def set(self, setting: str, value: str) -> None:
        """Change a setting for the connections to come."""
        self.execute(f"ALTER SYSTEM SET {setting} = {value}")
        self.execute("SELECT pg_reload_conf()")

    def execute(self, statement: str) -> None:
        """Carry out a statement outside of a transaction."""
        with psycopg.connect(libpq(self.url), autocommit=True) as connection:
            connection.execute(statement)
