"""The session timeout of a store: read from the log, counted for activity that is taken in under it."""

from __future__ import annotations

import pytest

from footfall.application.reading.answers import TimeoutRow
from footfall.domain.events import ActivityRecorded
from footfall.domain.moments import MINUTE, to_datetime
from footfall.domain.timeouts import DEFAULT_TIMEOUT, InvalidTimeout
from tests.application.desk import Desk, at
from tests.builders import CUSTOMER, NOON, TIMEOUT

LATER = NOON + 1_000 * TIMEOUT


def timeouts_of(desk: Desk) -> list[int]:
    """The timeouts that the customer's activity came under."""
    return [event.timeout for event in desk.log.history(CUSTOMER) if isinstance(event, ActivityRecorded)]


def test_a_store_has_the_timeout_that_it_began_with_and_begins_once() -> None:
    desk = Desk(now=LATER)
    assert desk.settings.as_known.timeout == DEFAULT_TIMEOUT
    desk.session_timeout.set_initial(10 * MINUTE)
    desk.session_timeout.set_initial(20 * MINUTE)
    assert desk.settings.as_known.timeout == 10 * MINUTE
    assert desk.session_timeout.history() == [TimeoutRow(to_datetime(LATER), 600.0)]


def test_a_new_timeout_counts_for_activity_from_then_on() -> None:
    desk = Desk(now=LATER)
    desk.send(at(1, 0), at(2, 20 * MINUTE))
    desk.session_timeout.set(10 * MINUTE)
    desk.send(at(3, 100 * MINUTE), at(4, 111 * MINUTE))
    assert timeouts_of(desk) == [TIMEOUT, TIMEOUT, 10 * MINUTE, 10 * MINUTE]
    assert desk.queries.profile(CUSTOMER).sessions == 3


def test_another_process_takes_a_new_timeout_up_with_its_next_event() -> None:
    one = Desk(now=LATER)
    other = Desk(one.log, now=LATER, ids_from=2 * 10**6)
    other.send(at(1, 0))
    one.session_timeout.set(10 * MINUTE)
    other.send(at(2, 0))
    assert timeouts_of(other) == [TIMEOUT, 10 * MINUTE]


def test_the_timeout_has_a_stream_of_its_own_beside_the_definitions() -> None:
    desk = Desk(now=LATER)
    desk.session_timeout.set(10 * MINUTE)
    desk.define("shop.seen")
    desk.session_timeout.set(10 * MINUTE)
    desk.session_timeout.set(20 * MINUTE)
    versions = [recorded.originator_version for recorded in desk.log.definitions]
    assert versions == [1, 1, 2]
    assert "shop.seen" in desk.settings.as_known.catalogue


def test_a_timeout_out_of_bounds_changes_nothing() -> None:
    desk = Desk()
    with pytest.raises(InvalidTimeout):
        desk.session_timeout.set(0)
    assert desk.log.definitions == []
