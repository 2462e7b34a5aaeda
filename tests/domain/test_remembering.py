"""A snapshot keeps the newest sessions only; what that costs, and when the whole history is needed."""

from __future__ import annotations

import pytest

from footfall.domain.customer import INITIAL, SESSIONS_REMEMBERED, Customer
from footfall.domain.events import CustomerEvent
from footfall.domain.history import advance, replay, whole
from tests.builders import NOON, TIMEOUT, activity, end_of, learned, visit

APART = 2 * TIMEOUT


def after_visits(number: int) -> tuple[Customer, list[CustomerEvent]]:
    """A customer with as many sessions, one visit in each."""
    history: list[CustomerEvent] = [visit(NOON + n * APART, n + 1) for n in range(number)]
    return advance(INITIAL, history), history


def test_nothing_is_forgotten_up_to_the_limit() -> None:
    state, _ = after_visits(SESSIONS_REMEMBERED)
    assert state.abridged() == state
    assert state.forgotten_until is None


def test_the_oldest_sessions_are_forgotten_and_counted() -> None:
    state, _ = after_visits(SESSIONS_REMEMBERED + 3)
    short = state.abridged()
    assert short.sessions == state.sessions[3:]
    assert (short.forgotten, short.forgotten_until) == (3, NOON + 2 * APART + TIMEOUT)
    assert (short.counts, short.version, short.first_seen) == (state.counts, state.version, state.first_seen)


def test_forgetting_goes_on_from_what_was_forgotten() -> None:
    state, _ = after_visits(5)
    assert state.abridged(4).abridged(2) == state.abridged(2)
    assert state.abridged(2).forgotten == 3


def test_a_whole_state_remembers_every_fact() -> None:
    state, _ = after_visits(3)
    assert state.remembers(visit(NOON - 99 * APART, 9))


@pytest.mark.parametrize(("gap", "remembered"), [(TIMEOUT + 1, True), (TIMEOUT, False), (0, False), (-APART, False)])
def test_activity_that_could_touch_a_forgotten_session_is_not_remembered(gap: int, remembered: bool) -> None:
    state, _ = after_visits(3)
    forgotten_until = NOON + APART
    assert state.abridged(1).remembers(visit(forgotten_until + gap, 9)) is remembered


def test_a_forgotten_session_reaches_from_its_last_activity() -> None:
    long_one = [visit(NOON, 1), visit(NOON + TIMEOUT, 2)]
    short = advance(INITIAL, [*long_one, visit(NOON + 9 * TIMEOUT, 3)]).abridged(1)
    assert not short.remembers(visit(NOON + 2 * TIMEOUT, 9))
    assert short.remembers(visit(NOON + 2 * TIMEOUT + 1, 9))


def test_what_touches_no_session_needs_no_history_however_old() -> None:
    short = after_visits(3)[0].abridged(1)
    for fact in (activity(NOON - APART, 9, counts=False), learned(NOON - APART, 9, city="Brno")):
        assert short.remembers(fact)


def test_the_whole_history_gives_every_session_with_the_ends_that_were_announced() -> None:
    state, history = after_visits(60)
    ends = [end_of(session) for session in state.sessions[:2]]
    made = whole([*history, *ends])
    assert made == advance(state, ends)
    assert [session.end_announced for session in made.sessions[:4]] == [True, True, False, False]


def test_a_long_replay_is_bounded_and_agrees_with_the_state_in_any_order_of_arrival() -> None:
    state, history = after_visits(60)
    replayed = replay([*reversed(history)])
    assert len(replayed.sessions) <= 2 * SESSIONS_REMEMBERED
    assert replayed.forgotten + len(replayed.sessions) == 60
    assert replayed.abridged() == state.abridged()


def test_a_long_replay_knows_the_end_of_its_last_session() -> None:
    state, history = after_visits(60)
    ends = [end_of(session) for session in state.sessions]
    assert all(session.end_announced for session in replay([*history, *ends]).sessions)
