"""Past sessions and those of a customer's state are together all there are, whatever comes late and is swept when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.application.ingest import batch
from footfall.domain.history import whole
from footfall.domain.sessions import is_activity
from footfall.domain.sessions_shortcut import fold
from footfall.domain.spans import WITHOUT_END, Span
from tests.application.desk import Desk, at
from tests.application.watched_log import WatchedLog
from tests.builders import CUSTOMER, LAW, NOON, OTHER, TIMEOUT

LATER = NOON + 100 * TIMEOUT
APART = 2 * TIMEOUT


@contextmanager
def remembering(sessions: int, snapshot_every: int = 1) -> Iterator[None]:
    """States hold so few sessions, and snapshots are so frequent."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "SESSIONS_REMEMBERED", sessions)
        patch.setattr(batch, "SNAPSHOT_EVERY", snapshot_every)
        yield


def told(number: int) -> Desk:
    """A customer with so many sessions, of which the newest one is in its state."""
    desk = Desk(now=LATER)
    desk.send(*(at(n, n * APART) for n in range(1, number + 1)))
    return desk


def past(desk: Desk) -> list[int]:
    """When past sessions began, in halves of the time between those of `told`."""
    sessions = desk.log.contents.past_sessions(CUSTOMER, [Span(-WITHOUT_END)])
    return [(session.started_at - NOON) // TIMEOUT for session in sessions]


def check(log: WatchedLog) -> None:
    """Nothing is missing, nothing is there twice, and each session stands as the whole stream says."""
    stream = whole(log.history(CUSTOMER))
    assert log.sessions(CUSTOMER) == [*stream.sessions]
    state = log.state(CUSTOMER)
    gone = [*stream.sessions[: state.forgotten]]
    assert log.contents.past_sessions(CUSTOMER, [Span(-WITHOUT_END)]) == gone
    assert all(one.deadline <= (state.forgotten_until or -WITHOUT_END) for one in gone)
    assert all(one.deadline > (state.forgotten_until or -WITHOUT_END) for one in state.sessions)
    assert state.forgotten_open or all(one.end_announced for one in gone)


PLACES = st.lists(st.tuples(st.integers(0, 60), st.integers(-1, 1)), min_size=1, max_size=40)
SWEEPS = st.lists(st.one_of(st.none(), st.none(), st.integers(-5, 60)), min_size=1, max_size=40)


@LAW
@given(PLACES, SWEEPS, st.integers(1, 9), st.integers(1, 4), st.integers(1, 9))
def test_past_and_remembered_sessions_are_those_of_the_whole_stream(
    places: list[tuple[int, int]], sweeps: list[int | None], size: int, sessions: int, snapshot_every: int
) -> None:
    # Two desks are two processes with a memory of states each.
    log = WatchedLog()
    desks = [Desk(log, now=LATER), Desk(log, now=LATER)]
    events = [at(number, place * TIMEOUT // 2 + nudge) for number, (place, nudge) in enumerate(places, 1)]
    with remembering(sessions, snapshot_every):
        for turn, start in enumerate(range(0, len(events), size)):
            desks[turn % 2].send(*events[start : start + size])
            moment = sweeps[turn % len(sweeps)]
            if moment is not None:
                desks[turn % 2].sweep.sweep(NOON + moment * TIMEOUT)
            check(log)


@LAW
@given(PLACES, st.sampled_from((TIMEOUT // 2, TIMEOUT, 5 * TIMEOUT)), st.randoms(use_true_random=False))
def test_timeouts_that_differ_are_placed_as_by_the_whole_stream(
    places: list[tuple[int, int]], other: int, chance: Any
) -> None:
    desk = Desk(now=LATER)
    with remembering(1):
        for number, (place, nudge) in enumerate(places, 1):
            desk.session_timeout.set(chance.choice((TIMEOUT, other)))
            desk.send(at(number, place * TIMEOUT // 2 + nudge))
        check(desk.log)


def test_a_late_event_that_touches_nothing_is_a_past_session_of_its_own() -> None:
    with remembering(1):
        desk = told(4)
        desk.send(at(900, -APART))
        assert past(desk) == [-2, 2, 4, 6]
        check(desk.log)


def test_a_late_event_that_joins_past_sessions_takes_their_place() -> None:
    with remembering(1):
        desk = told(4)
        desk.send(at(900, 3 * TIMEOUT))
        assert past(desk) == [2, 6]
        check(desk.log)


def test_a_late_event_may_join_past_sessions_with_the_one_that_is_remembered() -> None:
    with remembering(1):
        desk = told(4)
        desk.send(at(900, 7 * TIMEOUT))
        assert past(desk) == [2, 4]
        assert desk.log.state(CUSTOMER).forgotten_until == NOON + 6 * TIMEOUT - 1
        desk.send(at(901, 6 * TIMEOUT))
        check(desk.log)


@pytest.mark.parametrize("sessions", [100, 1_000])
@pytest.mark.parametrize("place", [3, 51, 99])
def test_a_late_event_reads_what_it_touches_however_many_sessions_there_are(sessions: int, place: int) -> None:
    desk = Desk(now=NOON + 10_000 * TIMEOUT)
    desk.send(*(at(n, n * APART) for n in range(1, sessions + 1)))
    desk.send(at(9_000, place * TIMEOUT))
    assert desk.log.recalled == [2]
    assert [one.activities for one in desk.log.sessions(CUSTOMER)].count(3) == 1


def test_late_events_of_a_batch_ask_once_for_all_that_they_touch() -> None:
    desk = Desk(now=LATER + 1_000 * TIMEOUT)
    desk.send(*(at(n, n * APART) for n in range(1, 201)))
    desk.send(at(900, 9 * TIMEOUT), at(901, 99 * TIMEOUT), at(902, 9 * TIMEOUT + 5), at(903, 500 * TIMEOUT))
    assert desk.log.recalled == [4]
    check(desk.log)


def test_a_late_event_that_was_there_before_changes_no_past_session_and_no_state() -> None:
    with remembering(1):
        desk = told(4)
        before = desk.log.state(CUSTOMER)
        assert desk.send(at(1, APART))[0].status == "duplicate"
        assert desk.send(at(1, APART), at(1, APART, uuid=str(OTHER)))[0].status == "duplicate"
        assert desk.log.state(CUSTOMER) == before
        assert past(desk) == [2, 4, 6]


def test_many_ends_of_one_customer_are_announced_some_at_a_time_in_their_order() -> None:
    desk = Desk(now=LATER + 1_000 * TIMEOUT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("footfall.application.sweep.SESSIONS", 64)
        desk.send(*(at(n, n * APART) for n in range(1, 201)))
        ended = []
        while (swept := desk.sweep.sweep(desk.now)).customers:
            ended.append(swept.sessions)
        assert ended == [64, 64, 64, 8]
        # Each reads those that it ends, and no others.
        assert desk.log.recalled == [64, 64, 56]
    times = [event.time for event in desk.log.history(CUSTOMER) if event.action == "session.end"]
    assert times == [one.deadline for one in fold(filter(is_activity, desk.log.history(CUSTOMER)))]
    check(desk.log)
    assert desk.log.deadlines == {}


def test_a_sweep_before_the_deadline_of_a_past_session_looks_again_at_it() -> None:
    with remembering(1):
        desk = told(4)
        assert desk.sweep.sweep(NOON + 5 * TIMEOUT + 1).sessions == 2
        assert desk.log.deadlines == {CUSTOMER: NOON + 7 * TIMEOUT}
        check(desk.log)
