"""Given a history, when a fact is taken in, then these events are written."""

from __future__ import annotations

from uuid import UUID, uuid5

from footfall.domain.customer import INITIAL, decide, evolve
from footfall.domain.events import (
    CustomerEvent,
    Fact,
    SessionAnnouncement,
    SessionEnded,
    SessionRevised,
    SessionStarted,
)
from footfall.domain.history import advance
from footfall.domain.sessions import Session
from tests.builders import CUSTOMER, NOON, TIMEOUT, activity, end_of, learned, uid, visit


class Given:
    """A customer with a history; what is decided on becomes part of it."""

    def __init__(self, *facts: Fact) -> None:
        self.events: list[CustomerEvent] = []
        for fact in facts:
            self.when(fact)

    @property
    def sessions(self) -> tuple[Session, ...]:
        return advance(INITIAL, self.events).sessions

    def when(self, fact: Fact) -> list[CustomerEvent]:
        decided = decide(CUSTOMER, advance(INITIAL, self.events), fact)
        self.events += decided
        return decided

    def ended(self, at: int = 0) -> Given:
        """The session at this place has timed out, and a sweep has said so."""
        self.events.append(end_of(self.sessions[at]))
        return self


def told(kind: type[SessionAnnouncement], by: Fact, first: Fact, last: int, *replaces: UUID) -> SessionAnnouncement:
    """The announcement that a fact causes about the session from `first` to `last`."""
    identity = known_as(first)
    event_id = identity if kind is SessionStarted else uuid5(by.event_id, kind.topic)
    return kind(by.time, by.received_at, event_id, identity, first.event_id, first.time, last, tuple(replaces))


def known_as(first: Fact) -> UUID:
    return uuid5(CUSTOMER, f"session {first.event_id}")


def test_the_first_activity_opens_a_session() -> None:
    first = visit(NOON, 1)
    assert Given().when(first) == [told(SessionStarted, first, first, NOON), first]


def test_activity_within_the_timeout_is_written_alone() -> None:
    later = activity(NOON + TIMEOUT, 2)
    assert Given(visit(NOON, 1)).when(later) == [later]


def test_activity_after_the_timeout_opens_another_session() -> None:
    later = activity(NOON + TIMEOUT + 1, 2)
    assert Given(visit(NOON, 1)).when(later) == [told(SessionStarted, later, later, later.time), later]


def test_what_is_no_session_activity_is_written_alone() -> None:
    for fact in (activity(NOON, 1, "transaction.charge", counts=False), learned(NOON, 2, city="Brno")):
        assert Given().when(fact) == [fact]


def test_a_late_event_that_moves_the_start_revises_the_session() -> None:
    first, late = visit(NOON, 1), visit(NOON - 5, 2)
    assert Given(first).when(late) == [late, told(SessionRevised, late, late, NOON, known_as(first))]


def test_an_event_of_the_same_moment_with_a_smaller_id_moves_the_start_too() -> None:
    first, smaller = visit(NOON, 2), visit(NOON, 1)
    assert Given(first).when(smaller) == [smaller, told(SessionRevised, smaller, smaller, NOON, known_as(first))]


def test_a_late_event_that_joins_two_sessions_replaces_both() -> None:
    one, two, late = visit(NOON, 1), visit(NOON + 2 * TIMEOUT, 2), visit(NOON + TIMEOUT, 3)
    revised = told(SessionRevised, late, one, two.time, known_as(one), known_as(two))
    assert Given(one, two).when(late) == [late, revised]


def test_a_late_event_inside_an_open_session_is_written_alone() -> None:
    late = visit(NOON + 5, 3)
    assert Given(visit(NOON, 1), visit(NOON + 10, 2)).when(late) == [late]


def test_a_late_event_inside_an_ended_session_leaves_its_end_as_it_was_announced() -> None:
    late = visit(NOON + 5, 3)
    history = Given(visit(NOON, 1), visit(NOON + 10, 2)).ended()
    assert history.when(late) == [late]
    assert history.sessions[0].end_announced


def test_a_late_event_that_lengthens_an_ended_session_revises_it_and_it_has_to_end_again() -> None:
    first, late = visit(NOON, 1), visit(NOON + 5, 2)
    history = Given(first).ended()
    assert history.when(late) == [late, told(SessionRevised, late, first, late.time, known_as(first))]
    assert not history.sessions[0].end_announced


def test_a_revised_session_that_goes_on_is_not_revised_again() -> None:
    history = Given(visit(NOON, 1)).ended()
    history.when(visit(NOON + 5, 2))
    assert history.when(visit(NOON + 9, 3)) == [visit(NOON + 9, 3)]


def test_the_end_of_one_session_says_nothing_of_another() -> None:
    history = Given(visit(NOON, 1), visit(NOON + 9 * TIMEOUT, 2)).ended(at=1)
    assert [one.end_announced for one in history.sessions] == [False, True]


def test_an_end_that_a_late_event_has_overtaken_changes_nothing() -> None:
    history = Given(visit(NOON, 1))
    outdated = end_of(history.sessions[0])
    history.when(visit(NOON + 5, 2))
    state = advance(INITIAL, history.events)
    after = evolve(state, outdated)
    assert after.sessions == state.sessions
    assert after.version == state.version + 1


def test_an_announcement_shows_moments_as_text() -> None:
    first = visit(NOON, 1)
    shown = {"sessionId": str(known_as(first)), "startedAt": "2015-05-18T12:00:00.000000Z"}
    shown["lastActivityAt"] = shown["startedAt"]
    assert told(SessionEnded, first, first, NOON).params == shown
    assert told(SessionRevised, first, first, NOON, uid(7)).params == {**shown, "replaces": [str(uid(7))]}
