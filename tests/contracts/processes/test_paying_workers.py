"""How many worker processes pay, by what is known of the machine, the store and the input."""

from __future__ import annotations

import gzip
import os
import socket
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest
import sqlalchemy as sa

from footfall.doors.importing.beginning import LINES_A_WORKER, paying_workers
from footfall.doors.importing.source import open_source
from footfall.engine.arguments import EVENTS_A_COMMIT, EVENTS_SHARED
from footfall.engine.engine import Engine
from footfall.infrastructure.background import worker_processes
from footfall.infrastructure.background.processors import usable_processors
from footfall.infrastructure.database.dialects.neighbour import is_on_this_machine
from tests.contracts.support import OpenEngine


@pytest.fixture(autouse=True)
def many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has 64 processors, of which all may be used."""
    monkeypatch.setattr(os, "process_cpu_count", lambda: 64, raising=False)


@pytest.mark.parametrize(
    ("files", "usable"),
    [
        ({}, 64),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000"}, 64),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000"}, 2),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000"}, 1),
        ({"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": "300000 100000"}, 3),
        (
            {
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/cpu.max": "300000 100000",
                "sys/fs/cgroup/a/b/cpu.max": "800000 100000",
            },
            3,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/x\n3:cpu,cpuacct:/docker/x\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "400000",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
            },
            4,
        ),
        (
            {
                "proc/self/cgroup": "1:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            64,
        ),
    ],
)
def test_processors_are_those_that_a_control_group_has_time_of(
    tmp_path: Path, files: dict[str, str], usable: int
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert usable_processors(tmp_path) == usable


def test_a_server_behind_a_socket_of_the_system_is_on_this_machine(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        raw = cast(Any, connection.connection.dbapi_connection)
        assert is_on_this_machine(raw)
        raw.execute("SELECT 1")  # the line is left as it was
    engine.dispose()


@pytest.mark.parametrize(
    ("server", "client", "near"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("::1", "::1", True),
        ("10.0.0.7", "10.0.0.7", True),
        ("10.0.0.8", "10.0.0.7", False),
        ("fd00::8", "fd00::7", False),
    ],
)
def test_a_server_on_the_network_is_near_where_the_line_does_not_leave_the_machine(
    monkeypatch: pytest.MonkeyPatch, server: str, client: str, near: bool
) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda _: (server, 5432))
    monkeypatch.setattr(socket.socket, "getsockname", lambda _: (client, 50_000))
    with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET) as line:
        assert is_on_this_machine(cast(Any, line)) is near


@pytest.mark.parametrize(("processors", "near", "pay"), [(1, True, 1), (3, True, 3), (1, False, 2), (2, False, 3)])
def test_one_for_each_processor_pays_on_postgresql_and_more_beside_a_server_elsewhere(
    postgres_url: str, engine_at: OpenEngine, monkeypatch: pytest.MonkeyPatch, processors: int, near: bool, pay: int
) -> None:
    monkeypatch.setattr(worker_processes, "usable_processors", lambda: processors)
    monkeypatch.setattr(worker_processes, "is_on_this_machine", lambda _: near)
    assert engine_at(postgres_url).paying_workers() == pay


def test_no_more_pay_than_there_are_partitions(
    postgres_url: str, engine_at: OpenEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_processes, "usable_processors", lambda: 64)
    engine = engine_at(postgres_url)
    assert engine.paying_workers() == engine.status().partitions


def test_one_pays_where_there_is_one_writer(sqlite_url: str, memory_url: str, engine_at: OpenEngine) -> None:
    assert [engine_at(url).paying_workers() for url in (sqlite_url, memory_url)] == [1, 1]


class Machine:
    """An engine, as far as an import asks it: four processes pay."""

    def paying_workers(self, *, importing: bool) -> int:
        """So many."""
        return 4 if importing else 1


def lines(number: int) -> bytes:
    """So many lines, and some that are blank."""
    return b"{}\n\n" * number


@pytest.mark.parametrize(
    ("number", "pay"),
    [(0, 1), (LINES_A_WORKER, 1), (2 * LINES_A_WORKER - 1, 1), (2 * LINES_A_WORKER, 2), (9 * LINES_A_WORKER, 4)],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_short_file_is_not_worth_starting_processes(tmp_path: Path, number: int, pay: int, pack: Any) -> None:
    file = tmp_path / ("events.gz" if pack is gzip.compress else "events")
    file.write_bytes(pack(lines(number)))
    with open_source(str(file)) as source:
        assert paying_workers(cast(Engine, Machine()), source) == pay
        assert source.at_once == EVENTS_A_COMMIT
        assert sum(1 for _ in source.lines()) == number


def test_a_pipe_is_one_process_s_and_waited_for_less(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=[b"{}\n"])
    writer.start()
    with open_source(str(pipe)) as source:
        assert paying_workers(cast(Engine, Machine()), source) == 1
        assert source.at_once == EVENTS_SHARED < EVENTS_A_COMMIT
        assert sum(1 for _ in source.lines()) == 1
    writer.join()
