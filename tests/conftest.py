"""Databases and engines for tests: a real PostgreSQL for the whole run, a fresh database for each test."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import footfall
import footfall.testing
from tests.contracts.servers import fresh_database
from tests.contracts.support import NOON, ManualClock, OpenEngine
from tests.poolers import Pooler
from tests.postgres import PostgresServer

PARTITIONS = 4
_FOLDER = pytest.StashKey[Path]()

settings.register_profile("brief", max_examples=10)

MEMORY = "memory:"


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make torture` gives."""
    parser.addoption("--full-length", action="store_true", help="run the long loops at their full length")
    parser.addoption("--seed", type=int, help="repeat a run of the long loops")
    parser.addoption("--pooled", metavar="MODE", help="reach PostgreSQL through PgBouncer in this pool mode only")
    parser.addoption("--unprotected", action="store_true", help="take away what protects: each scenario must fail")


@pytest.fixture(scope="session", autouse=True)
def _hears_interrupts() -> None:
    """A shell that starts the tests in the background lets them, and every program that they start, ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


_MEMORY, _ROOM = Path("/dev/shm"), 6 * 2**30  # noqa: S108  # a folder of its own is made in it


def pytest_configure(config: pytest.Config) -> None:
    """The process that was started says where the one server of the run is to be; its workers are told."""
    told: dict[str, str] | None = getattr(config, "workerinput", None)
    if told is None:
        folder = tempfile.mkdtemp(prefix="footfall-postgres-", dir=_MEMORY if _has_room(_MEMORY) else None)
    else:
        folder = told["postgres_folder"]
    config.stash[_FOLDER] = Path(folder)


def _has_room(memory: Path) -> bool:
    # Nothing here cuts the power of the server, whose waiting for a disk is a third of all that tests take.
    return memory.is_dir() and shutil.disk_usage(memory).free >= _ROOM


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist."""
    node.workerinput["postgres_folder"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, however the run ended, when the last worker is gone."""
    if not hasattr(config, "workerinput"):
        PostgresServer(config.stash[_FOLDER]).remove()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> str:
    """The URL of a server: `FOOTFALL_TEST_POSTGRES`, else one for the whole run, started by the first that needs it."""
    return os.environ.get("FOOTFALL_TEST_POSTGRES") or PostgresServer(pytestconfig.stash[_FOLDER]).start()


@pytest.fixture(scope="session")
def pooler(pytestconfig: pytest.Config, postgres_server: str) -> Iterator[Pooler | None]:
    """What every PostgreSQL database is reached through, if anything."""
    mode = pytestconfig.getoption("pooled")
    if mode is None:
        yield None
    else:
        with Pooler(postgres_server, mode) as started:
            yield started


_LONGEST = ("tests/end_to_end/", "tests/test_", "tests/contracts/processes/", "tests/contracts/eventsourcing/")
"""Whose files take longest: begun last, some of them would keep one worker busy when the others are done."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest. Behind a pooler, run what reaches PostgreSQL through it, but for what is marked
    `direct`."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONGEST))
    if config.getoption("pooled") is not None:
        items[:] = [item for item in items if _is_pooled(item)]


def pytest_collection_finish() -> None:
    """Keep what was collected from the cycle collector: thousands of tests, which it would visit over and over."""
    gc.collect()
    gc.freeze()


def _is_pooled(item: pytest.Item) -> bool:
    spec, names = getattr(item, "callspec", None), getattr(item, "fixturenames", ())
    chosen = set() if spec is None else {one for one in spec.params.values() if isinstance(one, str)}
    on_postgres = "postgres" in chosen or (chosen.isdisjoint({"sqlite", "memory"}) and "postgres_url" in names)
    return on_postgres and item.get_closest_marker("direct") is None


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The URL of a database with an empty store, to be copied."""
    with fresh_database(postgres_server) as url:
        _create_store(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with an empty store, to be copied."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    _create_store(f"sqlite:///{file}")
    return file


def _create_store(url: str) -> None:
    # Fewer partitions than usual: their tables are most of what a fresh PostgreSQL store costs.
    footfall.open(url, partitions=PARTITIONS, clock=ManualClock(NOON)).close()


@pytest.fixture
def store_is_there(request: pytest.FixtureRequest) -> bool:
    """Whether a fresh database holds an empty store of four partitions already, copied from a template: so for all who
    ask for an `engine`, and in the rooms that say so. Elsewhere it is empty, as where stores are created."""
    return "engine" in request.fixturenames


@pytest.fixture
def postgres_url(postgres_server: str, store_is_there: bool, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database."""
    template = request.getfixturevalue("postgres_template") if store_is_there else None
    with fresh_database(postgres_server, template) as url:
        pooler: Pooler | None = request.getfixturevalue("pooler")
        yield url if pooler is None else pooler.url(url)


@pytest.fixture
def sqlite_url(tmp_path: Path, store_is_there: bool, request: pytest.FixtureRequest) -> str:
    """The URL of a fresh SQLite file, which is not there yet unless the store is."""
    file = tmp_path / "store.db"
    if store_is_there:
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


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
            engine = footfall.open(url, **{"clock": clock, "partitions": PARTITIONS, **options})
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
