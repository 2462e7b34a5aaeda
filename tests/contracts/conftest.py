"""The event log by itself: on a database, and whichever it is, for the contract of its port."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from footfall.application.ports.log import Log
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.log.event_log import EventLog
from footfall.infrastructure.schema.prepare import StoreSettings, prepare
from footfall.testing import InMemoryLog
from tests.contracts.support import NOON


@pytest.fixture
def event_log_at() -> Iterator[Callable[[str], EventLog]]:
    """Opens logs by URL, with four partitions where the database can have several, and closes them."""
    with ExitStack() as opened:

        def open_log(url: str) -> EventLog:
            database = Database(url)
            opened.callback(database.close)
            wanted = StoreSettings(1 if database.dialect.one_writer else 4, DEFAULT_TIMEOUT)
            return EventLog(database, prepare(database, wanted, NOON).partitions)

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
