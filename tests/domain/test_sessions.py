from __future__ import annotations

import pytest

from footfall.domain.events import ActivityRecorded, SessionStarted
from footfall.domain.moments import MINUTE
from footfall.domain.sessions import Page, Session, is_activity, session_id, single
from footfall.domain.sessions_shortcut import fold, place_activity
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from tests.builders import CUSTOMER, NOON, OTHER, TIMEOUT, activity, learned, uid, visit

DAY = 24 * 60 * MINUTE


def spans(*activities: ActivityRecorded) -> list[tuple[int, int]]:
    """First and last activity of each session, as µs from noon."""
    return [(one.started_at - NOON, one.last_activity_at - NOON) for one in fold(activities)]


def test_the_default_timeout_is_half_an_hour() -> None:
    assert DEFAULT_TIMEOUT == 1_800_000_000 == TIMEOUT


def test_one_event_is_a_session() -> None:
    page = Page(NOON, uid(1), "/a", "https://elsewhere.example/")
    (session,) = fold([visit(NOON, 1, "/a", referrer="https://elsewhere.example/")])
    assert session == Session(NOON, uid(1), NOON, NOON + TIMEOUT, 1, 1, page, page)


def test_a_gap_of_exactly_the_timeout_joins() -> None:
    assert spans(activity(NOON, 1), activity(NOON + TIMEOUT, 2)) == [(0, TIMEOUT)]


def test_one_microsecond_more_splits() -> None:
    assert spans(activity(NOON, 1), activity(NOON + TIMEOUT + 1, 2)) == [(0, 0), (TIMEOUT + 1, TIMEOUT + 1)]


def test_a_late_event_joins_at_exactly_the_timeout_too() -> None:
    assert spans(activity(NOON, 1), activity(NOON - TIMEOUT, 2)) == [(-TIMEOUT, 0)]
    assert spans(activity(NOON, 1), activity(NOON - TIMEOUT - 1, 2)) == [(-TIMEOUT - 1, -TIMEOUT - 1), (0, 0)]


def test_no_midnight_and_no_length_cuts_a_session() -> None:
    chain = [activity(NOON + n * TIMEOUT, n + 1) for n in range(100)]
    assert spans(*chain) == [(0, 99 * TIMEOUT)]
    assert 99 * TIMEOUT > 2 * DAY


def test_a_late_event_joins_two_sessions() -> None:
    first, last = activity(NOON, 1), activity(NOON + 2 * TIMEOUT, 2)
    assert spans(first, last, activity(NOON + TIMEOUT, 3)) == [(0, 2 * TIMEOUT)]
    assert len(spans(first, last, activity(NOON + TIMEOUT - 1, 3))) == 2
    assert len(spans(first, last, activity(NOON + TIMEOUT + 1, 3))) == 2


def test_an_event_touches_no_more_than_its_neighbours() -> None:
    known = fold([activity(NOON + n * 3 * TIMEOUT, n) for n in range(4)])
    low, high, joined = place_activity(known, activity(NOON + 3 * TIMEOUT + 1, 9))
    assert (low, high) == (1, 2)
    assert (joined.first_event_id, joined.activities) == (uid(1), 2)


def test_an_event_between_sessions_is_placed_between_them() -> None:
    known = fold([activity(NOON, 1), activity(NOON + 10 * TIMEOUT, 2)])
    late = activity(NOON + 5 * TIMEOUT, 3)
    assert place_activity(known, late) == (1, 1, single(late, with_page=False))


@pytest.mark.parametrize("arrival", [(1, 2), (2, 1)])
def test_among_events_of_one_moment_the_smaller_id_is_first(arrival: tuple[int, int]) -> None:
    (session,) = fold([visit(NOON, number, f"/{number}") for number in arrival])
    assert session.first_event_id == uid(1)
    assert session.entry == Page(NOON, uid(1), "/1", None)
    assert session.exit == Page(NOON, uid(2), "/2", None)


def test_entry_and_exit_are_the_first_and_the_last_page_and_other_activity_is_none() -> None:
    acts = [activity(NOON, 1), visit(NOON + 3, 2, "/b"), visit(NOON + 1, 3, "/a"), activity(NOON + 9, 4)]
    (session,) = fold(acts)
    assert (session.activities, session.page_visits) == (4, 2)
    assert session.entry == Page(NOON + 1, uid(3), "/a", None)
    assert session.exit == Page(NOON + 3, uid(2), "/b", None)


def test_folding_on_from_known_sessions_leaves_them_as_they_were() -> None:
    known = fold([activity(NOON, 1)])
    assert fold([activity(NOON + 1, 2)], known) == fold([activity(NOON, 1), activity(NOON + 1, 2)])
    assert known == fold([activity(NOON, 1)])


def test_the_id_follows_from_the_customer_and_the_first_event() -> None:
    (short,) = fold([activity(NOON, 1)])
    (longer,) = fold([activity(NOON, 1), activity(NOON + 5, 2)])
    (moved,) = fold([activity(NOON, 1), activity(NOON - 5, 2)])
    assert session_id(CUSTOMER, short) == session_id(CUSTOMER, longer)
    assert session_id(CUSTOMER, moved) not in (session_id(CUSTOMER, short), session_id(OTHER, moved))


def test_only_activity_with_the_mark_counts() -> None:
    announcement = SessionStarted(NOON, NOON, uid(1), uid(2), uid(3), NOON, NOON)
    assert is_activity(activity(NOON, 1))
    assert not is_activity(activity(NOON, 1, counts=False))
    assert not is_activity(learned(NOON, 1, city="Brno"))
    assert not is_activity(announcement)
