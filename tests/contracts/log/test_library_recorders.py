"""The `eventsourcing` library's own test cases for recorders, run on ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder

# The cases are reached through their module: imported by name, the abstract ones would be collected as well.
from eventsourcing.tests import persistence as library

from footfall.domain.timeouts import DEFAULT_TIMEOUT
from footfall.infrastructure.database.database import Database
from footfall.infrastructure.eventsourcing_adapter import LogRecorder, StreamRecorder
from footfall.infrastructure.log.event_log import EventLog
from footfall.infrastructure.schema import prepare
from tests.contracts.support import NOON


class Store:
    """Gives every case a fresh log on the database of `url_fixture`."""

    url_fixture: str
    partitions = 16
    log: EventLog

    @pytest.fixture(autouse=True)
    def fresh_log(self, request: pytest.FixtureRequest) -> Iterator[None]:
        """Sets `log`."""
        database = Database(request.getfixturevalue(self.url_fixture))
        partitions = 1 if database.dialect.one_writer else self.partitions
        store = prepare.prepare(database, prepare.StoreSettings(partitions, DEFAULT_TIMEOUT), NOON)
        self.log = EventLog(database, store.partitions)
        before = set(threading.enumerate())
        yield
        # Some cases leave a reading thread to end by itself, with a connection in its hands.
        for thread in set(threading.enumerate()) - before:
            thread.join()
        database.close()


class StreamRecorderCase(Store, library.AggregateRecorderTestCase):
    __test__ = False

    def create_recorder(self) -> AggregateRecorder:
        return StreamRecorder(self.log)


class LogRecorderCase(Store, library.ApplicationRecorderTestCase[ApplicationRecorder]):
    __test__ = False

    def create_recorder(self) -> ApplicationRecorder:
        return LogRecorder(self.log)


class NonInterleavingCase(Store, library.NonInterleavingNotificationIDsBaseCase):
    # Positions are in the order of commits within a partition only, and two customers may lie in two of them:
    # followers keep a cursor for each. What the library asks of a whole log is what one partition promises.
    __test__ = False
    partitions = 1

    def create_recorder(self) -> ApplicationRecorder:
        return LogRecorder(self.log)


class TestStreamRecorderOnSqlite(StreamRecorderCase):
    __test__ = True
    url_fixture = "sqlite_url"


class TestStreamRecorderOnPostgres(StreamRecorderCase):
    __test__ = True
    url_fixture = "postgres_url"


class TestLogRecorderOnSqlite(LogRecorderCase):
    __test__ = True
    url_fixture = "sqlite_url"


class TestLogRecorderOnPostgres(LogRecorderCase):
    __test__ = True
    url_fixture = "postgres_url"


class TestNonInterleavingOnSqlite(NonInterleavingCase):
    __test__ = True
    url_fixture = "sqlite_url"


class TestNonInterleavingOnPostgres(NonInterleavingCase):
    __test__ = True
    url_fixture = "postgres_url"
