"""What a command takes: the clock, its own processor time with that of all its processes, and the server's."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]
import psycopg

_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class Spent(NamedTuple):
    """Seconds of the clock, of the program's processor, and of that of the server's processes for a store."""

    elapsed: float
    program: float
    server: float

    @property
    def processors(self) -> float:
        """Both processors' together."""
        return self.program + self.server

    def shown(self, count: int) -> str:
        """What one of `count` took of the processors."""
        program, server = (1_000_000 * of / count for of in (self.program, self.server))
        return f"{program:.0f} µs of the program's processor each, {server:.0f} of the server's"


def spent_by(url: str, command: Sequence[str]) -> Spent:
    """Run a command that works on a SQLite file, or on a PostgreSQL server of this machine. Raises
    `subprocess.CalledProcessError`."""
    server = _server_of(url)
    before, server_before, began = _of_children(), _with_children(server), perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
    elapsed = perf_counter() - began
    return Spent(elapsed, _of_children() - before, _with_children(server) - server_before)


def _server_of(url: str) -> psutil.Process | None:
    if url.startswith("sqlite"):
        return None
    with psycopg.connect(url) as connection:
        return psutil.Process(connection.info.backend_pid).parent()


def server_seconds(url: str) -> float:
    """Seconds of processor that the server's processes for a database have used so far; none for SQLite."""
    if url.startswith("sqlite"):
        return 0.0
    with psycopg.connect(url) as connection:
        backends = [pid for (pid,) in connection.execute(_BACKENDS)]
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in backends if psutil.pid_exists(pid))


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _with_children(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    # Of those that have ended, the time is in that of their parent.
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            used = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += used.user + used.system
        if one == process:
            total += used.children_user + used.children_system
    return total
