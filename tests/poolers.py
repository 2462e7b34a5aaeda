"""PgBouncer before the tests' PostgreSQL server: the real program, on a socket of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

PORT = 6432
PROGRAM = os.environ.get("FOOTFALL_TEST_PGBOUNCER") or shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
_UP_SECONDS = 30.0
# The user of the server stands in the database's line: PgBouncer asks nobody who he is.
_CONFIGURATION = """
[databases]
{databases} = host={host} port={port} {as_user}
[pgbouncer]
auth_type = any
unix_socket_dir = {folder}
listen_port = {own_port}
logfile = {folder}/log
pidfile = {folder}/pid
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 500
ignore_startup_parameters = options,extra_float_digits
{settings}
"""


class Pooler:
    """PgBouncer in a pool mode (`session`, `transaction`), with at most `size` connections to a database.

    As hosts often have it, it passes over what connections ask for when they start. With `users` (names and
    passwords) it asks who they are, and lets them into one database; `settings` go before all others.
    """

    def __init__(
        self,
        server: str,
        mode: str,
        size: int = 20,
        users: dict[str, str] | None = None,
        settings: str = "",
        port: int = PORT,
    ) -> None:
        self._server, self._mode, self._size = sa.make_url(server), mode, size
        self._users, self._settings, self._port = users, settings, port
        self._folder = Path(tempfile.mkdtemp(prefix="footfall-pgbouncer-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Pooler:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    def url(self, direct: str) -> str:
        """The URL by which a database of the server is reached through it."""
        through = sa.make_url(direct).set(port=None, host=None).update_query_dict({"host": str(self._folder)})
        return through.update_query_dict({"port": str(self._port)}).render_as_string(hide_password=False)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        user = pwd.getpwuid(Path(self._host).stat().st_uid).pw_name if os.geteuid() == 0 else None
        configuration = self._folder / "pgbouncer.ini"
        configuration.write_text(self._configuration())
        users = self._folder / "users.txt"
        users.write_text("".join(f'"{name}" "{password}"\n' for name, password in (self._users or {}).items()))
        if user is not None:  # it does not run as root, and as who owns the server's socket it finds the socket
            shutil.chown(self._folder, user)
        command = [PROGRAM, "-q", str(configuration)]
        self._process = subprocess.Popen(command, user=user, stderr=subprocess.DEVNULL)
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End it at once: every connection through it breaks."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        (self._folder / "pid").unlink(missing_ok=True)
        (self._folder / f".s.PGSQL.{self._port}").unlink(missing_ok=True)

    @property
    def _host(self) -> str:
        return str(self._server.query.get("host") or self._server.host)

    def _configuration(self) -> str:
        port, user = self._server.query.get("port") or self._server.port or 5432, self._server.username
        at = {"folder": self._folder, "own_port": self._port, "mode": self._mode, "size": self._size}
        anybody = {"databases": "*", "as_user": f"user={user}", "settings": self._settings}
        asked = f"auth_type = scram-sha-256\nauth_file = {self._folder}/users.txt\n{self._settings}"
        known = {"databases": self._server.database, "as_user": "", "settings": asked}
        chosen = anybody if self._users is None else known
        return _CONFIGURATION.format(host=self._host, port=port, **chosen, **at)

    def _wait_until_it_listens(self) -> None:
        end = time.monotonic() + _UP_SECONDS
        while True:
            with socket.socket(socket.AF_UNIX) as there:
                try:
                    there.connect(str(self._folder / f".s.PGSQL.{self._port}"))
                except OSError:
                    if time.monotonic() > end:
                        raise
                else:
                    return
            time.sleep(0.05)
