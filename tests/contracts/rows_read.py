"""Counts what a database reads for a call: rows on PostgreSQL, steps of its virtual machine on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy.engine import Connection

import footfall
from footfall.infrastructure.database.connections import driver
from footfall.infrastructure.database.database import Database
from tests.contracts.support import parts_of

# What this connection has read and not yet reported to the others; rows that only an index was asked about count, too.
_ROWS = """
SELECT (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_xact_user_tables)
     + (SELECT coalesce(sum(pg_stat_get_xact_tuples_returned(indexrelid)), 0) FROM pg_index)
"""


class ReadCounter:
    """Counts what is read through an engine's connections by transactions that only read."""

    def __init__(self, engine: footfall.Engine, patch: pytest.MonkeyPatch) -> None:
        self._read = 0
        for database in {parts_of(engine).database, parts_of(engine).views_database}:
            self._count(database, patch)

    def _count(self, database: Database, patch: pytest.MonkeyPatch) -> None:
        counted = database.dialect.pick(sqlite=self._steps, postgres=self._rows)
        plain = database.read

        @contextmanager
        def read(together: Sequence[str] = ()) -> Iterator[Connection]:
            with plain(together) as connection, counted(connection):
                yield connection

        patch.setattr(database, "read", read)

    def of(self, call: Callable[[], object]) -> int:
        """What one call reads, once all that it prepares is prepared."""
        for _ in range(3):
            before = self._read
            call()
        return self._read - before

    @contextmanager
    def _steps(self, connection: Connection) -> Iterator[None]:
        def step() -> int:
            self._read += 1
            return 0

        driver(connection).set_progress_handler(step, 1)
        yield
        driver(connection).set_progress_handler(None, 0)

    @contextmanager
    def _rows(self, connection: Connection) -> Iterator[None]:
        def read() -> int:
            return int(driver(connection).execute(_ROWS, prepare=False).fetchone()[0])

        # Asking is a read as well.
        cost = -read() + read()
        before = read()
        yield
        self._read += read() - before - cost
