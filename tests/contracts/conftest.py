"""The event log by itself: on a database, and whichever it is, for the contract of its port."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from footfall.application.ports.log import Log
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from footfall.infrastructure.database import database
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.database.dialects import postgres
from footfall.infrastructure.log.event_log import EventLog
from footfall.infrastructure.schema.prepare import StoreSettings, prepare
from footfall.testing import InMemoryLog
from tests.contracts.support import NOON

_OF_A_DATABASE = {"database_url", "sqlite_url", "postgres_url", "engine_at", "event_log"}


@pytest.hookimpl(tryfirst=True)  # before the fixture gives its own parameters
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for an engine, and for nothing of a database, runs in memory too, unless it is marked."""
    asked = inspect.signature(metafunc.function).parameters.keys()
    if "engine" in asked and not asked & _OF_A_DATABASE and not metafunc.definition.get_closest_marker("databases"):
        everywhere = pytest.mark.parametrize("database_url", ["sqlite", "postgres", "memory"], indirect=True)
        metafunc.definition.add_marker(everywhere)


@pytest.fixture
def event_log_at() -> Iterator[Callable[[str], EventLog]]:
    """Opens logs by URL, with four partitions where the database can have several, and closes them."""
    with ExitStack() as opened:

        def open_log(url: str) -> EventLog:
            store = Database(url)
            opened.callback(store.close)
            wanted = StoreSettings(1 if store.dialect.one_writer else 4, DEFAULT_TIMEOUT)
            return EventLog(store, prepare(store, wanted, NOON).partitions)

        yield open_log


@pytest.fixture
def event_log(event_log_at: Callable[[str], EventLog], database_url: str) -> EventLog:
    """A log on a fresh database."""
    return event_log_at(database_url)


@pytest.fixture(params=["sqlite", "postgres", "memory"])
def any_log(request: pytest.FixtureRequest, event_log_at: Callable[[str], EventLog]) -> Log:
    """A fresh log; a test that asks for it runs once on each kind there is."""
    if request.param == "memory":
        return InMemoryLog(partitions=4)
    return event_log_at(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def long_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of very many threads, which wait for each other for long on a busy machine."""
    monkeypatch.setattr(database, "QUEUE_SECONDS", 300.0)
    monkeypatch.setattr(postgres, "_LOCK_SECONDS", 300.0)
