from __future__ import annotations

from uuid import UUID

from hypothesis import given

from footfall.domain.events import ActivityRecorded, CustomerEvent
from footfall.domain.sessions import Page, session_id, single
from footfall.domain.sessions_shortcut import fold
from footfall.domain.spans import Span, merged
from footfall.projections import SESSIONS
from tests.builders import CUSTOMER, LAW, NOON, OTHER, TIMEOUT, activities, activity, counted, learned, uid, visit
from tests.projections.view import View


def named(first: ActivityRecorded, customer: UUID = CUSTOMER) -> UUID:
    """The id of the session that this event begins."""
    return session_id(customer, single(first))


def spans(view: View) -> list[tuple[int, int, int]]:
    """First and last activity of each session, as µs from noon, and how many there were."""
    return [(a - NOON, z - NOON, n) for a, z, n in view.table("started_at", "last_activity_at", "activities")]


def test_a_session_is_a_row_with_its_bounds_its_deadline_and_its_pages() -> None:
    first = visit(NOON, 1, "/in", referrer="https://find.example/")
    view = View(SESSIONS).take(first, visit(NOON + 5, 2, "/out", ahead=7, referrer="/in"), activity(NOON + 9, 3))
    assert view.documents() == [
        {
            "session_id": named(first),
            "uuid": CUSTOMER,
            "started_at": NOON,
            "last_activity_at": NOON + 9,
            "deadline": NOON + 9 + TIMEOUT,
            "activities": 3,
            "page_visits": 2,
            "entry_url": "/in",
            "exit_url": "/out",
            "referrer": "https://find.example/",
            "first_event_id": uid(1),
            "entry_at": NOON,
            "entry_ahead": 0,
            "entry_event_id": uid(1),
            "exit_at": NOON + 5,
            "exit_ahead": 7,
            "exit_event_id": uid(2),
            "duration": 9,
        }
    ]


def test_a_session_without_page_visits_has_no_pages() -> None:
    view = View(SESSIONS).take(activity(NOON, 1))
    assert view.table("page_visits", "entry_url", "exit_url", "referrer", "entry_at") == [(0, None, None, None, None)]


def test_what_is_no_session_activity_is_in_no_session() -> None:
    assert View(SESSIONS).take(visit(NOON, 1, counts=False), learned(NOON, 2, city="Brno")).rows == {}


def test_a_gap_of_exactly_the_timeout_joins_across_batches_and_one_microsecond_more_splits() -> None:
    view = View(SESSIONS).take(visit(NOON, 1)).take(visit(NOON + TIMEOUT, 2)).take(visit(NOON + 2 * TIMEOUT + 1, 3))
    assert spans(view) == [(0, TIMEOUT, 2), (2 * TIMEOUT + 1, 2 * TIMEOUT + 1, 1)]


def test_a_late_event_joins_two_sessions_into_the_earlier_one() -> None:
    first = visit(NOON, 1)
    view = View(SESSIONS).take(first).take(visit(NOON + 2 * TIMEOUT, 2))
    assert len(view.rows) == 2
    view.take(visit(NOON + TIMEOUT, 3))
    assert spans(view) == [(0, 2 * TIMEOUT, 3)]
    assert view.table("session_id") == [(named(first),)]


def test_a_late_event_moves_the_start_and_the_session_goes_by_its_new_first_event() -> None:
    late = visit(NOON - 5, 2, "/earlier", referrer="https://find.example/")
    view = View(SESSIONS).take(visit(NOON, 1)).take(late)
    assert spans(view) == [(-5, 0, 2)]
    assert view.table("session_id", "entry_url", "referrer") == [(named(late), "/earlier", "https://find.example/")]


def test_a_late_page_in_between_is_neither_entry_nor_exit() -> None:
    view = View(SESSIONS).take(visit(NOON, 1, "/in"), visit(NOON + 9, 2, "/out")).take(visit(NOON + 5, 3, "/mid"))
    assert view.table("entry_url", "exit_url", "page_visits") == [("/in", "/out", 3)]


def test_sessions_that_nothing_touches_are_not_written_again() -> None:
    view = View(SESSIONS).take(visit(NOON, 1), visit(NOON + 9 * TIMEOUT, 2))
    change = SESSIONS.fold(CUSTOMER, [*view.rows.values()], [visit(NOON + 5, 3)])
    assert change.removed == [named(visit(NOON, 1))]
    assert [row[2] for row in change.added] == [NOON]


def test_rows_are_needed_where_activity_reaches_and_nowhere_between() -> None:
    others: list[CustomerEvent] = [visit(NOON - 5, 3, counts=False), learned(NOON - 9, 4, city="Brno")]
    near, far = Span(NOON, NOON + 5 + TIMEOUT), Span(NOON + 9 * TIMEOUT, NOON + 10 * TIMEOUT)
    events = [visit(NOON, 1), visit(NOON + 5, 2), *others, visit(NOON + 9 * TIMEOUT, 5)]
    assert list(SESSIONS.spans(events)) == [near, far]
    assert merged(SESSIONS.spans(events[::-1])) == [near, far]
    assert not SESSIONS.spans(others)


def test_customers_have_sessions_of_their_own() -> None:
    first = visit(NOON, 1)
    view = View(SESSIONS).take(first).take(first, customer=OTHER)
    assert view.table("session_id") == sorted([(named(first),), (named(first, OTHER),)])


@LAW
@given(activities())
def test_the_rows_are_what_a_batch_computation_over_all_events_gives(events: list[ActivityRecorded]) -> None:
    view = View(SESSIONS)
    for event in events:
        view.take(event)
    sessions = fold(counted(events))
    bounds = [(one.started_at, one.last_activity_at, session_id(CUSTOMER, one)) for one in sessions]
    pages = [(one.started_at, one.page_visits, _url(one.entry), _url(one.exit)) for one in sessions]
    assert view.table("started_at", "last_activity_at", "session_id") == bounds
    assert view.table("started_at", "page_visits", "entry_url", "exit_url") == pages


def _url(page: Page | None) -> str | None:
    return None if page is None else page.url
