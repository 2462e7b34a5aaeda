"""The processor time of a database's server."""

from __future__ import annotations

import psutil  # type: ignore[import-untyped]
import psycopg

_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def server_seconds(url: str) -> float:
    """Seconds of processor that the server's processes for a database have used so far; none for SQLite."""
    if url.startswith("sqlite"):
        return 0.0
    with psycopg.connect(url) as connection:
        backends = [pid for (pid,) in connection.execute(_BACKENDS)]
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in backends if psutil.pid_exists(pid))
