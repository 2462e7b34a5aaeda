"""The `eventsourcing` library's own test cases for persistence modules, run on ours, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, ProcessRecorder, TrackingRecorder

# The cases are reached through their module: imported by name, the abstract ones would be collected as well.
from eventsourcing.tests import persistence as library
from eventsourcing.utils import Environment

from footfall.eventsourcing import (
    FootfallAggregateRecorder,
    FootfallApplicationRecorder,
    FootfallFactory,
    FootfallProcessRecorder,
    FootfallTrackingRecorder,
)


class View(FootfallTrackingRecorder):
    """A view of a host's own."""


class Store:
    """Gives every case an environment, and a factory, for a fresh store on the database of `url_fixture`."""

    __test__ = False
    url_fixture: str
    env: Environment
    store: FootfallFactory

    @pytest.fixture(autouse=True)
    def fresh_store(self, request: pytest.FixtureRequest) -> Iterator[None]:
        """Sets `env` and `store`."""
        url = request.getfixturevalue(self.url_fixture)
        settings = {
            "PERSISTENCE_MODULE": "footfall.eventsourcing",
            "FOOTFALL_DATABASE": url,
            "FOOTFALL_PARTITIONS": "2",
            # Threads of a case wait for each other's commits: a busy machine is no reason to give up.
            "FOOTFALL_LOCK_TIMEOUT": "60s",
        }
        self.env = Environment("host", settings)
        self.store = FootfallFactory(self.env)
        before = set(threading.enumerate())
        yield
        # Some cases leave a reading thread to end by itself, with a connection in its hands.
        for thread in set(threading.enumerate()) - before:
            thread.join()
        self.store.close()


class AggregateRecorderCase(Store, library.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return self.store.aggregate_recorder()


class SnapshotRecorderCase(Store, library.AggregateRecorderTestCase):
    def create_recorder(self) -> AggregateRecorder:
        return self.store.aggregate_recorder("snapshots")


class ApplicationRecorderCase(Store, library.ApplicationRecorderTestCase[ApplicationRecorder]):
    def create_recorder(self) -> ApplicationRecorder:
        return self.store.application_recorder()

    def test_insert_subscribe(self) -> None:
        """The library leaves this one to recorders that can be subscribed to."""
        self.optional_test_insert_subscribe()


class TrackingRecorderCase(Store, library.TrackingRecorderTestCase):
    def create_recorder(self) -> TrackingRecorder:
        return self.store.tracking_recorder()


class ProcessRecorderCase(Store, library.ProcessRecorderTestCase):
    def create_recorder(self) -> ProcessRecorder:
        return self.store.process_recorder()


class ProcessRecorderAsApplicationRecorderCase(ApplicationRecorderCase):
    def create_recorder(self) -> ApplicationRecorder:
        return self.store.process_recorder()


class ProcessRecorderAsTrackingRecorderCase(TrackingRecorderCase):
    def create_recorder(self) -> TrackingRecorder:
        return self.store.process_recorder()


class NonInterleavingCase(Store, library.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> ApplicationRecorder:
        return self.store.application_recorder()


class FactoryCase(Store, library.InfrastructureFactoryTestCase[FootfallFactory]):
    def expected_factory_class(self) -> type[FootfallFactory]:
        return FootfallFactory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return FootfallAggregateRecorder

    def expected_application_recorder_class(self) -> type[ApplicationRecorder]:
        return FootfallApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return FootfallTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return View

    def expected_process_recorder_class(self) -> type[ProcessRecorder]:
        return FootfallProcessRecorder


CASES: tuple[Any, ...] = (
    AggregateRecorderCase,
    SnapshotRecorderCase,
    ApplicationRecorderCase,
    TrackingRecorderCase,
    ProcessRecorderCase,
    ProcessRecorderAsApplicationRecorderCase,
    ProcessRecorderAsTrackingRecorderCase,
    NonInterleavingCase,
    FactoryCase,
)

# pytest collects a class for each case and database.
for case in CASES:
    for kind in ("sqlite", "postgres"):
        name = f"Test{case.__name__.removesuffix('Case')}On{kind.title()}"
        globals()[name] = type(name, (case,), {"__test__": True, "url_fixture": f"{kind}_url"})
