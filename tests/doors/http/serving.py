"""Real servers that serve the door on a store."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from tests.contracts.subscription.following import eventually

ROOT = Path(__file__).parents[3]
_APP = "tests.doors.http.served:app"
_QUIET = subprocess.DEVNULL


def uvicorn(address: str, port: str) -> list[str]:
    """How it is started."""
    return ["uvicorn", _APP, "--host", address, "--port", port]


def granian(address: str, port: str) -> list[str]:
    """How it is started."""
    return ["granian", "--interface", "asgi", "--host", address, "--port", port, _APP]


def hypercorn(address: str, port: str) -> list[str]:
    """How it is started."""
    return ["hypercorn", "--bind", f"{address}:{port}", _APP]


SERVERS = {
    "uvicorn": (uvicorn, "--root-path"),
    "granian": (granian, "--url-path-prefix"),
    "hypercorn": (hypercorn, "--root-path"),
}


@contextmanager
def served(server: str, database_url: str, root_path: str | None = None) -> Iterator[str]:
    """The URL of a server, which is there, and still is at the end."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        place = ("127.0.0.1", str(free.getsockname()[1]))
    command, option = SERVERS[server]
    options = [] if root_path is None else [option, root_path]
    environment, url = {**os.environ, "FOOTFALL_DATABASE": database_url}, f"http://{':'.join(place)}"
    with subprocess.Popen(
        [sys.executable, "-m", *command(*place), *options], env=environment, cwd=ROOT, stdout=_QUIET, stderr=_QUIET
    ) as process:
        try:
            assert eventually(lambda: _is_there(url)), process.poll()
            yield url
            assert process.poll() is None
        finally:
            process.terminate()


def _is_there(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
