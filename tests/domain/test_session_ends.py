"""The ends that are due: of which sessions, as of when, and under which id."""

from __future__ import annotations

from footfall.domain.session_ends import ends_announced, overdue_ends
from footfall.domain.sessions import session_id
from footfall.domain.sessions_shortcut import fold
from tests.builders import CUSTOMER, NOON, OTHER, TIMEOUT, activity

LATER = NOON + 100 * TIMEOUT


def test_a_session_ends_once_its_deadline_has_passed() -> None:
    sessions = fold([activity(NOON, 1)])
    assert overdue_ends(CUSTOMER, sessions, NOON + TIMEOUT) == []
    (end,) = overdue_ends(CUSTOMER, sessions, NOON + TIMEOUT + 1)
    assert (end.started_at, end.last_activity_at, end.first_event_id) == (NOON, NOON, sessions[0].first_event_id)
    assert end.session_id == session_id(CUSTOMER, sessions[0])


def test_an_end_is_told_as_of_the_deadline_however_late_it_is_told() -> None:
    (session,) = fold([activity(NOON, 1), activity(NOON + 7, 2)])
    soon, late = (overdue_ends(CUSTOMER, [session], now)[0] for now in (session.deadline + 1, LATER))
    assert soon.time == late.time == NOON + 7 + TIMEOUT
    assert (soon.received_at, late.received_at) == (session.deadline + 1, LATER)


def test_an_end_has_the_same_id_whoever_tells_it_and_another_one_when_the_session_is_another() -> None:
    (session,) = fold([activity(NOON, 1)])
    (longer,) = fold([activity(NOON, 1), activity(NOON + 1, 2)])
    (roomier,) = fold([activity(NOON, 1, timeout=TIMEOUT + 1)])
    (once,), (again,) = (overdue_ends(CUSTOMER, [session], now) for now in (LATER, LATER + 1))
    assert once.event_id == again.event_id
    others = [overdue_ends(CUSTOMER, [one], LATER)[0] for one in (longer, roomier)] + overdue_ends(
        OTHER, [session], LATER
    )
    assert len({once.event_id, *(other.event_id for other in others)}) == 4


def test_an_end_that_was_told_is_not_told_again() -> None:
    sessions = tuple(fold([activity(NOON, 1), activity(NOON + 2 * TIMEOUT, 2)]))
    first, second = overdue_ends(CUSTOMER, sessions, LATER)
    assert overdue_ends(CUSTOMER, ends_announced(sessions, [first]), LATER) == [second]


def test_the_timeout_under_which_activity_came_decides_when_its_session_ends() -> None:
    brief, long = activity(NOON, 1, timeout=10), activity(NOON + 5, 2, timeout=100)
    (session,) = fold([brief, long])
    assert session.deadline == NOON + 105
    (session,) = fold([activity(NOON, 1, timeout=100), activity(NOON + 5, 2, timeout=10)])
    assert session.deadline == NOON + 100
