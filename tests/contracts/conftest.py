"""The event log by itself, for the contract of its port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from footfall.domain.sessions import DEFAULT_TIMEOUT
from footfall.infrastructure import schema
from footfall.infrastructure.database import Database
from footfall.infrastructure.event_log import EventLog
from tests.contracts.support import NOON


@pytest.fixture
def event_log(database_url: str) -> Iterator[EventLog]:
    """A log on a fresh database, with four partitions where the database can have several."""
    database = Database(database_url)
    wanted = schema.StoreSettings(4 if database.is_postgres else 1, DEFAULT_TIMEOUT)
    yield EventLog(database, schema.prepare(database, wanted, NOON).partitions)
    database.close()
