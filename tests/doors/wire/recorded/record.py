"""Makes the recorded logs again: `python -m tests.doors.wire.recorded.record [SERVER…]`, as root on Debian 12.

Needs the packages nginx-light apache2 lighttpd varnish squid haproxy h2o of Debian, npm with node, and Python with pip;
what comes from PyPI and npm is installed into a temporary folder, in the versions named in `servers.py`. Each
server is started on loopback ports with its stock log format, sent `REQUESTS`, and stopped. What it wrote is kept
beside this file with addresses for documentation in place of the loopback ones, and the versions in `versions.txt`.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .requests import CLIENTS, REQUESTS, Request
from .servers import PORT, SERVERS, Server

HERE = Path(__file__).parent
SOURCES = {"A": "127.0.0.1", "B": "127.0.0.2", "V6": "::1"}
PATIENCE_SECONDS = 20
BEGIN = Request("begin", b"/the-record-begins-here")
"""What comes up to it in a log is left out: proxies note that their port was tried, or that the site was not up yet."""
ACCESS_LINE = re.compile(rb'\[\d\d/[A-Z][a-z]{2}/\d{4}:.*\] "')


def ask(request: Request, unix: Path | None) -> None:
    """Send a request and wait for the answer, unless it leaves before."""
    with _connected(SOURCES[request.client], unix) as connection:
        connection.sendall(request.sent)
        if request.leaves:
            time.sleep(0.3)
            return
        with contextlib.suppress(OSError):
            while connection.recv(65_536):
                pass


def _connected(source: str, unix: Path | None) -> socket.socket:
    family = socket.AF_UNIX if unix else socket.AF_INET6 if ":" in source else socket.AF_INET
    connection = socket.socket(family)
    connection.settimeout(5)
    if unix is None:
        connection.bind((source, 0))
    connection.connect(str(unix) if unix else ("::1" if ":" in source else "127.0.0.1", PORT))
    return connection


def record(server: Server, folder: Path) -> bytes:
    """What a server writes about the requests."""
    log = folder / "access.log"
    commands = server.prepare(folder, log)
    with (folder / "out").open("ab") as out:
        running = [
            subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
            for command in commands
        ]
    try:
        unix = folder / "socket" if server.unix else None
        _wait_for(unix)
        for request in (BEGIN, BEGIN, BEGIN, *REQUESTS):
            ask(request, unix)
            time.sleep(1 if request is BEGIN else 0)
        time.sleep(3)
    finally:
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    text = log.read_bytes() if log.exists() else (folder / "out").read_bytes()
    lines = [line for line in text.splitlines(keepends=True) if ACCESS_LINE.search(line)]
    begin = max((at for at, line in enumerate(lines) if BEGIN.target in line), default=-1)
    return b"".join(lines[begin + 1 :])


def _wait_for(unix: Path | None) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), _connected(SOURCES["A"], unix):
            return
        time.sleep(0.2)
    raise SystemExit("nobody listens")


def documented(text: bytes) -> bytes:
    """The same with addresses for documentation."""
    for client, source in SOURCES.items():
        alone = rb"(?<![0-9a-f:.])((?:::ffff:)?)%b(?![0-9a-f.])" % re.escape(source.encode())
        text = re.sub(alone, rb"\g<1>" + CLIENTS[client].encode(), text)
    return text


def main(wanted: list[str]) -> None:
    """Record all servers, or those that are named."""
    versions = HERE / "versions.txt"
    known = dict(line.split(" ", 1) for line in versions.read_text().splitlines()) if versions.exists() else {}
    for name, server in SERVERS.items():
        if wanted and name not in wanted:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            folder.chmod(0o777)
            text = documented(record(server, folder))
            if not text:
                sys.stderr.write((folder / "out").read_text(errors="replace")[-2000:])
        (HERE / f"{name}.log").write_bytes(text)
        known[name] = server.version()
        sys.stdout.write(f"{name} {known[name]}, {len(text.splitlines())} lines\n")
    versions.write_text("".join(f"{name} {known[name]}\n" for name in sorted(known)))


if __name__ == "__main__":
    main(sys.argv[1:])
