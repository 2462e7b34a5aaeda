"""Facts for tests, and what the property tests draw them from. Moments are µs; ids are small numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from footfall.domain.actions import PAGE_VISIT
from footfall.domain.errors import Reason, Rejected
from footfall.domain.events import ActivityRecorded, AttributesUpdated, SessionEnded
from footfall.domain.moments import MINUTE, parse
from footfall.domain.session_ends import overdue_ends
from footfall.domain.sessions import Session

CUSTOMER = UUID("c0ffee00-0000-4000-8000-000000000001")
OTHER = UUID("c0ffee00-0000-4000-8000-000000000002")
NOON = parse("2015-05-18T12:00:00Z")
TIMEOUT = 30 * MINUTE
URL = "https://shop.example/"

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How hard a law is tried; without regard to time, because a slow machine breaks no law."""


def uid(number: int) -> UUID:
    return UUID(int=number)


def activity(
    time: int,
    number: int,
    action: str = "button.click",
    *,
    params: dict[str, Any] | None = None,
    counts: bool = True,
    timeout: int = TIMEOUT,
    ahead: int = 0,
) -> ActivityRecorded:
    claimed = time + ahead if ahead else None
    return ActivityRecorded(time, max(time, NOON), uid(number), action, params or {}, counts, claimed, timeout)


def visit(
    time: int,
    number: int,
    url: str = URL,
    *,
    counts: bool = True,
    timeout: int = TIMEOUT,
    ahead: int = 0,
    **params: Any,
) -> ActivityRecorded:
    params = {"url": url, **params}
    return activity(time, number, PAGE_VISIT, params=params, counts=counts, timeout=timeout, ahead=ahead)


def learned(time: int, number: int, *, ahead: int = 0, **attributes: Any) -> AttributesUpdated:
    return AttributesUpdated(time, max(time, NOON), uid(number), attributes, time + ahead if ahead else None)


def end_of(session: Session) -> SessionEnded:
    """The announcement that a sweep writes once a session has timed out."""
    (end,) = overdue_ends(CUSTOMER, [session], session.deadline + 1)
    return end


@contextmanager
def refused(reason: Reason) -> Iterator[pytest.ExceptionInfo[Rejected]]:
    """What is inside is refused for this reason and no other."""
    with pytest.raises(Rejected) as caught:
        yield caught
    assert caught.value.reason is reason


MOMENTS = st.builds(
    lambda half, nudge: NOON + half * TIMEOUT // 2 + nudge, st.integers(-20, 20), st.sampled_from((-1, 0, 0, 1))
)
"""Moments that often are exactly a timeout apart, or a microsecond more or less, or the same."""

TIMEOUTS = st.sampled_from((TIMEOUT, TIMEOUT, TIMEOUT, TIMEOUT // 2, 2 * TIMEOUT))
"""Timeouts under which activity was taken in: mostly the same."""

AHEAD = st.sampled_from((0, 0, 0, 0, 1, MINUTE))
"""By how much clocks were ahead: mostly not at all."""

_NUMBERS = st.integers(1, 10**6)
_URLS = st.sampled_from(("/a", "/b", "/c"))
_ACTS = st.one_of(
    st.builds(visit, MOMENTS, _NUMBERS, _URLS, counts=st.booleans(), timeout=TIMEOUTS, ahead=AHEAD),
    st.builds(
        activity, MOMENTS, _NUMBERS, st.sampled_from(("button.click", "screen.view")), timeout=TIMEOUTS, ahead=AHEAD
    ),
)


def activities(min_size: int = 0, max_size: int = 12) -> st.SearchStrategy[list[ActivityRecorded]]:
    """What one customer did: unordered, ids unique, ids and times unrelated."""
    return st.lists(_ACTS, min_size=min_size, max_size=max_size, unique_by=lambda event: event.event_id)


_LEARNED = st.dictionaries(
    st.sampled_from(("email", "city", "plan")), st.one_of(st.none(), st.integers(0, 3)), min_size=1
)
_UPDATES = st.builds(
    lambda time, number, ahead, attributes: learned(time, number, ahead=ahead, **attributes),
    MOMENTS,
    _NUMBERS,
    AHEAD,
    _LEARNED,
)


def facts(min_size: int = 0, max_size: int = 12) -> st.SearchStrategy[list[ActivityRecorded | AttributesUpdated]]:
    """What one customer did and what was learned of it, unordered, ids unique."""
    return st.lists(
        st.one_of(_ACTS, _UPDATES), min_size=min_size, max_size=max_size, unique_by=lambda fact: fact.event_id
    )


def counted(events: Sequence[ActivityRecorded]) -> list[ActivityRecorded]:
    """Those that are session activity."""
    return [event for event in events if event.is_session_activity]
