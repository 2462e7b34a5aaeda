"""Where benchmarks write: a new database for each repetition, on SQLite or PostgreSQL, and what it promises."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy.engine import make_url

from footfall.infrastructure.database import Database

_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


class Store(Protocol):
    """A kind of database."""

    name: str
    naive_target: float
    """How many times faster than the naive baseline the engine shall take events in."""
    track_target: float
    """How many times faster it shall track them one by one."""
    threads_target: float
    """How many times faster it shall track them from many threads."""

    def fresh(self) -> AbstractContextManager[str]:
        """The URL of an empty database, which is gone afterwards."""

    def settings(self) -> dict[str, str]:
        """What decides how durable and how fast a commit is."""

    def weakness(self) -> str | None:
        """Why nothing measured here would count, if so."""


class Sqlite:
    """Files in the directory for temporary files, which must be on a real disk."""

    name = "SQLite"
    naive_target: float = 30
    track_target: float = 2
    threads_target: float = 10

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of an empty database, which is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder:
            yield f"sqlite:///{folder}/store.db"

    def settings(self) -> dict[str, str]:
        """Version, synchronous and journal as the engine sets them, and the file system."""
        with self.fresh() as url:
            database = Database(url)
            with database.read() as connection:
                ask = connection.exec_driver_sql
                version = str(ask("SELECT sqlite_version()").scalar())
                synchronous = _SYNCHRONOUS[int(ask("PRAGMA synchronous").scalar_one())]
                journal = str(ask("PRAGMA journal_mode").scalar())
            database.close()
        files = _file_system(Path(tempfile.gettempdir()))
        return {"SQLite": version, "synchronous": synchronous, "journal_mode": journal, "file system": files}

    def weakness(self) -> str | None:
        """Why nothing measured here would count, if so."""
        found = self.settings()
        if found["synchronous"] not in ("FULL", "EXTRA"):
            return f"SQLite's synchronous is {found['synchronous']}: commits would not wait for the disk"
        if found["file system"] in ("tmpfs", "ramfs"):
            return f"{tempfile.gettempdir()} lies in memory: set TMPDIR to a directory on a disk"
        return None


class Postgres:
    """Databases on one server."""

    name = "PostgreSQL"
    naive_target: float = 80
    track_target: float = 2.5
    threads_target: float = 15

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._numbers = count()

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The URL of an empty database, which is gone afterwards."""
        name = f"footfall_bench_{os.getpid()}_{next(self._numbers)}"
        self._execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        # What the last benchmark left to write out must not fall into the next one's time.
        self._execute(SQL("CHECKPOINT"))
        try:
            yield self._url.set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def settings(self) -> dict[str, str]:
        """Version and what a commit waits for."""
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        with psycopg.connect(self._address) as connection:
            values = [str((connection.execute(f"SHOW {name}").fetchone() or ("?",))[0]) for name in names]
        return dict(zip(("PostgreSQL", *names[1:]), values, strict=True))

    def weakness(self) -> str | None:
        """Why nothing measured here would count, if so."""
        if find_spec("psycopg_pool") is None:
            return "the baseline on PostgreSQL needs psycopg-pool: pip install 'psycopg[pool]'"
        found = self.settings()
        off = [name for name in ("fsync", "synchronous_commit") if found[name] == "off"]
        return f"PostgreSQL runs with {' and '.join(off)} off: commits would not wait for the disk" if off else None

    @property
    def _address(self) -> str:
        return self._url.render_as_string(hide_password=False)

    def _execute(self, statement: SQL | Composed) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement)


def _file_system(path: Path) -> str:
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return "unknown"
    above = [(at, kind) for at, kind in mounts if path.resolve().is_relative_to(at)]
    return max(above, key=lambda mount: len(mount[0]))[1] if above else "unknown"
