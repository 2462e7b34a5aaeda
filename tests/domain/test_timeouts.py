"""The session timeout is a setting that events change."""

from __future__ import annotations

import pytest

from footfall.domain.events import ActionRemoved, CatalogueEvent, SessionTimeoutSet
from footfall.domain.moments import DAY
from footfall.domain.timeouts import InvalidTimeout, advance, set_initial, set_timeout
from tests.builders import NOON, TIMEOUT

HISTORY: list[CatalogueEvent] = [
    SessionTimeoutSet(NOON, TIMEOUT),
    ActionRemoved(NOON + 1, "shop.seen"),
    SessionTimeoutSet(NOON + 2, 60),
]


def test_the_timeout_is_the_one_that_was_set_last() -> None:
    assert advance(None, []) is None
    assert advance(None, HISTORY) == 60
    assert advance(TIMEOUT, HISTORY[1:2]) == TIMEOUT


def test_another_timeout_is_an_event_and_the_same_one_is_none() -> None:
    assert set_timeout(TIMEOUT, 60, NOON) == [SessionTimeoutSet(NOON, 60)]
    assert set_timeout(60, 60, NOON) == []


def test_the_timeout_of_a_store_begins_once() -> None:
    assert set_initial(None, 60, NOON) == [SessionTimeoutSet(NOON, 60)]
    assert set_initial(TIMEOUT, 60, NOON) == []


@pytest.mark.parametrize("timeout", [0, -1, 365 * DAY + 1])
def test_a_timeout_out_of_bounds_is_refused(timeout: int) -> None:
    with pytest.raises(InvalidTimeout):
        set_timeout(TIMEOUT, timeout, NOON)
    with pytest.raises(InvalidTimeout):
        set_initial(None, timeout, NOON)


@pytest.mark.parametrize("timeout", [1, 365 * DAY])
def test_the_bounds_themselves_are_taken(timeout: int) -> None:
    assert set_timeout(TIMEOUT, timeout, NOON) == [SessionTimeoutSet(NOON, timeout)]
