"""Whether a commit waits for the disk: without that, no figure counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import Connection

from ...domain.errors import FootfallError
from .database import Database

MOUNTS = Path("/proc/mounts")
_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")
_OF_POSTGRES = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "max_wal_size",
    "checkpoint_timeout",
)


class NotDurable(FootfallError):
    """A commit does not wait for the disk; the message says what to set."""


def settings(database: Database) -> dict[str, str]:
    """Version of the database and what decides how durable and how fast a commit is, as the engine's connections
    have it."""
    with database.read() as connection:
        read = database.dialect.pick(sqlite=_sqlite, postgres=_postgres)
        found: dict[str, str] = read(connection, Path(database.url.database or ""))
        return found


def check(found: Mapping[str, str]) -> None:
    """Raises `NotDurable` where settings do not make a commit wait for the disk."""
    off = [name for name in ("fsync", "synchronous_commit") if found.get(name) == "off"]
    if off:
        raise NotDurable(
            f"PostgreSQL runs with {' and '.join(off)} off: commits do not wait for the disk, what is acknowledged may "
            f"be lost, and no figure would count. Nothing was measured; set {' and '.join(off)} to on"
        )
    if found.get("file system") in ("tmpfs", "ramfs"):
        raise NotDurable("the database lies in memory, not on a disk. Nothing was measured; choose another directory")


def _sqlite(connection: Connection, file: Path) -> dict[str, str]:
    ask = connection.exec_driver_sql
    return {
        "SQLite": str(ask("SELECT sqlite_version()").scalar()),
        "synchronous": _SYNCHRONOUS[int(ask("PRAGMA synchronous").scalar_one())],
        "journal_mode": str(ask("PRAGMA journal_mode").scalar()),
        "file system": _file_system(file.parent),
    }


def _postgres(connection: Connection, _file: Path) -> dict[str, str]:
    values = [str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in _OF_POSTGRES]
    return dict(zip(("PostgreSQL", *_OF_POSTGRES[1:]), values, strict=True))


def _file_system(path: Path) -> str:
    try:
        mounts = [line.split()[1:3] for line in MOUNTS.read_text().splitlines()]
    except OSError:
        return "unknown"
    above = [(at, kind) for at, kind in mounts if path.resolve().is_relative_to(at)]
    return max(above, key=lambda mount: len(mount[0]))[1] if above else "unknown"
