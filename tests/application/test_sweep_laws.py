"""The law of ends: whatever arrives late and whenever the sweep runs, the same sessions are open and the same ended."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.events import ActivityRecorded, SessionAnnouncement, SessionEnded, SessionRevised
from footfall.domain.sessions import session_id
from footfall.domain.sessions_shortcut import fold
from tests.application.desk import Desk, at
from tests.builders import CUSTOMER, LAW, NOON, TIMEOUT

PLACES = st.lists(st.tuples(st.integers(0, 60), st.integers(-1, 1)), min_size=1, max_size=40)
SWEEPS = st.lists(st.one_of(st.none(), st.integers(-5, 40)), min_size=1, max_size=40)
LATER = NOON + 100 * TIMEOUT


def standing_ends(desk: Desk) -> dict[UUID, int]:
    """The ends that were told and not taken back by a revision: session id and moment."""
    ends: dict[UUID, int] = {}
    for event in desk.log.history(CUSTOMER):
        if isinstance(event, SessionEnded):
            assert event.session_id not in ends
            ends[event.session_id] = event.time
        if isinstance(event, SessionRevised):
            ends = {one: end for one, end in ends.items() if one not in event.replaces}
    return ends


def expected(desk: Desk) -> dict[UUID, int]:
    """The ends that a computation over all activity at once gives."""
    activity = [event for event in desk.log.history(CUSTOMER) if isinstance(event, ActivityRecorded)]
    return {session_id(CUSTOMER, one): one.deadline for one in fold(activity)}


@LAW
@given(PLACES, SWEEPS)
def test_every_session_is_ended_once_at_its_deadline(places: list[tuple[int, int]], sweeps: list[int | None]) -> None:
    # A sweep's moment is any, also one before the activity: clocks jump.
    desk = Desk(now=LATER)
    for number, (place, nudge) in enumerate(places):
        desk.send(at(number + 1, place * TIMEOUT // 2 + nudge))
        moment = sweeps[number % len(sweeps)]
        if moment is not None:
            desk.sweep.sweep(NOON + moment * TIMEOUT)
    desk.sweep.sweep_all(desk.clock)
    assert standing_ends(desk) == expected(desk)
    assert desk.log.deadlines == {}


@LAW
@given(PLACES, SWEEPS)
def test_no_announcement_is_written_twice(places: list[tuple[int, int]], sweeps: list[int | None]) -> None:
    desk = Desk(now=LATER)
    for number, (place, nudge) in enumerate(places):
        desk.send(at(number + 1, place * TIMEOUT // 2 + nudge))
        desk.sweep.sweep(NOON + (sweeps[number % len(sweeps)] or 0) * TIMEOUT)
    told = [event.event_id for event in desk.log.history(CUSTOMER) if isinstance(event, SessionAnnouncement)]
    assert len(told) == len(set(told))


@LAW
@given(PLACES, SWEEPS)
def test_somebody_with_an_open_session_is_always_looked_at_in_time(
    places: list[tuple[int, int]], sweeps: list[int | None]
) -> None:
    desk = Desk(now=LATER)
    for number, (place, nudge) in enumerate(places):
        desk.send(at(number + 1, place * TIMEOUT // 2 + nudge))
        desk.sweep.sweep(NOON + (sweeps[number % len(sweeps)] or 0) * TIMEOUT)
        ended = standing_ends(desk)
        waiting = [deadline for one, deadline in expected(desk).items() if one not in ended]
        assert not waiting or desk.log.deadlines[CUSTOMER] <= min(waiting)
