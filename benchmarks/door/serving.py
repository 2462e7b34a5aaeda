"""A server in a process of its own: what it used of the processor, and the memory that it holds."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import psutil  # type: ignore[import-untyped]

from ..harness.measure import Broken

_PATIENCE_SECONDS = 60.0


class Server(NamedTuple):
    """A running server."""

    port: int
    process: psutil.Process

    @property
    def processor(self) -> float:
        """Seconds of processor that it has used."""
        times = self.process.cpu_times()
        used: float = times.user + times.system
        return used

    @property
    def resident(self) -> int:
        """Bytes of memory that it holds."""
        size: int = self.process.memory_info().rss
        return size


@contextmanager
def door(url: str) -> Iterator[Server]:
    """`footfall serve`. Its jobs rest, since the engine that it is compared with has none, either."""
    with _running("footfall", "serve", "--database", url, "--every", "1d", "--port") as server:
        yield server


@contextmanager
def naive(url: str) -> Iterator[Server]:
    """The naive handler."""
    with _running("benchmarks.door.naive", url) as server:
        yield server


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", module, *arguments, str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as program:  # noqa: S603
        try:
            _await(port, program)
            yield Server(port, psutil.Process(program.pid))
            program.terminate()
            if program.wait(_PATIENCE_SECONDS) not in (0, -signal.SIGTERM):
                raise Broken(f"{module} ended with exit status {program.returncode}")
        finally:
            program.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(port: int, program: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end and program.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise Broken("a server does not come up")
