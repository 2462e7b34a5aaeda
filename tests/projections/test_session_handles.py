"""Session handles: a row for each session id that a late event did away with, and a moment in what took it in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.customer import INITIAL, decide_and_evolve
from footfall.domain.events import ActivityRecorded, CustomerEvent, SessionAnnouncement
from footfall.domain.history import advance
from footfall.domain.sessions import session_id, single
from footfall.domain.sessions_shortcut import fold
from footfall.projections import SESSION_HANDLES
from tests.builders import CUSTOMER, LAW, NOON, OTHER, TIMEOUT, activities, counted, end_of, learned, visit
from tests.projections.view import View


def stream(
    facts: Sequence[ActivityRecorded], customer: UUID = CUSTOMER, *, sweeping: bool = False
) -> list[CustomerEvent]:
    """What a customer's stream holds after these facts; if `sweeping`, every session is ended before the next fact."""
    state, events = INITIAL, list[CustomerEvent]()
    for fact in facts:
        written, state = decide_and_evolve(customer, state, fact)
        ends = [end_of(one) for one in state.sessions if sweeping and not one.end_announced]
        state = advance(state, ends)
        events += [*written, *ends]
    return events


def named(first: ActivityRecorded, customer: UUID = CUSTOMER) -> UUID:
    """The id of the session that this event begins."""
    return session_id(customer, single(first))


def test_sessions_that_stay_what_they_are_have_no_handles() -> None:
    facts = [visit(NOON, 1), visit(NOON + 5, 2), visit(NOON + 9 * TIMEOUT, 3)]
    assert View(SESSION_HANDLES).take(*stream(facts), learned(NOON, 4, city="Brno")).rows == {}


def test_an_event_that_comes_before_the_first_leaves_a_handle_to_the_moment_of_the_new_start() -> None:
    first, earlier = visit(NOON, 1), visit(NOON - 5, 2)
    view = View(SESSION_HANDLES).take(*stream([first, earlier]))
    assert view.documents() == [{"session_id": named(first), "uuid": CUSTOMER, "time": NOON - 5}]


def test_of_two_sessions_that_are_joined_only_the_later_has_a_handle() -> None:
    facts = [visit(NOON, 1), visit(NOON + 2 * TIMEOUT, 2), visit(NOON + TIMEOUT, 3)]
    view = View(SESSION_HANDLES).take(*stream(facts))
    assert view.table("session_id", "time") == [(named(facts[1]), NOON)]


def test_a_session_that_is_prolonged_after_its_end_was_told_keeps_its_id_and_has_no_handle() -> None:
    facts = [visit(NOON, 1), visit(NOON + 5, 2)]
    assert View(SESSION_HANDLES).take(*stream(facts, sweeping=True)).rows == {}


def test_customers_have_handles_of_their_own() -> None:
    facts = [visit(NOON, 1), visit(NOON - 5, 2)]
    view = View(SESSION_HANDLES).take(*stream(facts)).take(*stream(facts, OTHER), customer=OTHER)
    assert view.table("uuid", "session_id") == sorted((who, named(facts[0], who)) for who in (CUSTOMER, OTHER))


def test_no_row_is_ever_needed_or_removed() -> None:
    events = stream([visit(NOON, 1), visit(NOON - 5, 2)])
    assert SESSION_HANDLES.spans(events) == ()
    assert SESSION_HANDLES.fold(CUSTOMER, (), events).removed == ()


@LAW
@given(activities(1), st.booleans(), st.lists(st.integers(1, 4), max_size=5))
def test_every_announced_id_is_a_session_or_has_one_handle_into_the_session_of_its_first_event(
    facts: list[ActivityRecorded], sweeping: bool, sizes: list[int]
) -> None:
    events = stream(facts, sweeping=sweeping)
    told = {event.session_id: event.first_event_id for event in events if isinstance(event, SessionAnnouncement)}
    view, rest = View(SESSION_HANDLES), events
    for size in [*sizes, len(events)]:
        view.take(*rest[:size])
        rest = rest[size:]
    sessions = {session_id(CUSTOMER, one): one for one in fold(counted(facts))}
    handles = dict(view.table("session_id", "time"))
    assert handles.keys() == told.keys() - sessions.keys()
    times = {fact.event_id: fact.time for fact in facts}
    for old, moment in handles.items():
        (now,) = (one for one in sessions.values() if one.started_at <= times[told[old]] <= one.last_activity_at)
        assert now.started_at <= moment <= now.last_activity_at
