"""The `eventsourcing` library's own test cases for applications and projections, with Footfall as their module."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from eventsourcing.persistence import Tracking, TrackingRecorder
from eventsourcing.projection import BaseProjectionRunner

# The cases are reached through their modules: imported by name, the abstract ones would be collected as well.
from eventsourcing.tests import application as applications
from eventsourcing.tests import projection as projections

from footfall.eventsourcing import FootfallFactory, FootfallTrackingRecorder
from tests.contracts.eventsourcing.hosts import environment

# One of the cases looks at a warning of the library's that is an error here.
pytestmark = [
    pytest.mark.filterwarnings("default:'log' is deprecated:DeprecationWarning"),
    pytest.mark.usefixtures("long_queue"),
]


class Counters(FootfallTrackingRecorder, projections.EventCountersView):
    """The library's example of a view, in a table."""

    def __init__(self, events: Any) -> None:
        super().__init__(events)
        with self.transaction() as connection:
            connection.execute(sa.text("CREATE TABLE IF NOT EXISTS counters_of_host (name TEXT)"))

    def get_created_event_counter(self) -> int:
        return self._count("created")

    def get_subsequent_event_counter(self) -> int:
        return self._count("subsequent")

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self._increment("created", tracking)

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self._increment("subsequent", tracking)

    def _count(self, name: str) -> int:
        with self.reading() as connection:
            counted = sa.text("SELECT count(*) FROM counters_of_host WHERE name = :name")
            return int(connection.execute(counted, {"name": name}).scalar_one())

    def _increment(self, name: str, tracking: Tracking) -> None:
        with self.transaction(tracking) as connection:
            connection.execute(sa.text("INSERT INTO counters_of_host VALUES (:name)"), {"name": name})


PATIENCE_SECONDS = 15.0
"""The cases give a projection one second to follow, which a busy machine may take for other programs; two of them wait
until it is over."""


class Host:
    """Lets every case find a fresh store on the database of `url_fixture` in its environment."""

    __test__ = False
    url_fixture: str
    env: dict[str, str]

    @pytest.fixture(autouse=True)
    def fresh_store(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
        """Sets `env`."""
        self.env = environment(request.getfixturevalue(self.url_fixture))
        for setting, value in self.env.items():
            monkeypatch.setenv(setting, value)
        monkeypatch.setattr(TrackingRecorder.wait, "__defaults__", (PATIENCE_SECONDS, None))
        monkeypatch.setattr(BaseProjectionRunner.wait, "__defaults__", (PATIENCE_SECONDS,))


class ExampleCase(Host, applications.ExampleApplicationTestCase):
    expected_factory_topic = "footfall.infrastructure.eventsourcing_adapter:FootfallFactory"


class ApplicationCase(Host, applications.ApplicationTestCase):
    pass


class ViewCase(Host, projections.EventCountersViewTestCase):
    def construct_event_counters_view(self) -> projections.EventCountersView:
        counters = FootfallFactory(self.env).tracking_recorder(Counters)
        assert isinstance(counters, Counters)
        return counters


class ProjectionCase(Host, projections.AggregateEventCountersProjectionTestCase):
    view_class = Counters


class EventSourcedProjectionCase(Host, projections.EventSourcedProjectionTestCase):
    pass


CASES: tuple[Any, ...] = (ExampleCase, ApplicationCase, ViewCase, ProjectionCase, EventSourcedProjectionCase)

# pytest collects a class for each case and database.
for case in CASES:
    for kind in ("sqlite", "postgres"):
        name = f"Test{case.__name__.removesuffix('Case')}On{kind.title()}"
        globals()[name] = type(name, (case,), {"__test__": True, "url_fixture": f"{kind}_url"})
