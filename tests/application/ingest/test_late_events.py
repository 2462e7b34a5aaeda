"""Customers with more sessions than a snapshot remembers, and events that come later than what is remembered."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from footfall.application.ingest.batch import SNAPSHOT_EVERY
from footfall.domain.customer import INITIAL, SESSIONS_REMEMBERED
from footfall.domain.events import SessionRevised
from footfall.domain.history import advance
from tests.application.desk import Desk, at
from tests.application.watched_log import WatchedLog
from tests.builders import CUSTOMER, LAW, NOON, TIMEOUT

APART = 2 * TIMEOUT
SESSIONS = 5 * SESSIONS_REMEMBERED
LATER = NOON + 100 * APART


def regular(desk: Desk) -> None:
    """One visit in each of so many sessions that the oldest are forgotten; each is a batch."""
    for number in range(SESSIONS):
        desk.send(at(number + 1, number * APART))


def whole(log: WatchedLog) -> object:
    """What the whole stream says, without any snapshot."""
    return advance(INITIAL, log.history(CUSTOMER)).abridged()


def test_events_in_order_never_need_past_sessions() -> None:
    desk = Desk(now=LATER)
    regular(desk)
    assert desk.log.recalled == []


def test_a_snapshot_is_taken_every_so_many_events_and_remembers_the_newest_sessions() -> None:
    desk = Desk(now=LATER)
    for number in range(SNAPSHOT_EVERY // 2):
        assert desk.log.snapshots == {}
        desk.send(at(number + 1, number * APART))
    assert [state.version for state in desk.log.snapshots.values()] == [SNAPSHOT_EVERY]
    regular(desk := Desk(now=LATER))
    assert len(desk.log.state(CUSTOMER).abridged().sessions) == SESSIONS_REMEMBERED
    assert desk.queries.profile(CUSTOMER).sessions == SESSIONS


def test_a_late_event_beyond_the_remembered_sessions_reads_those_that_it_touches_and_leaves_a_snapshot() -> None:
    desk = Desk(now=LATER)
    regular(desk)
    desk.send(at(900, TIMEOUT))
    assert desk.log.recalled == [2]
    assert desk.log.snapshots[CUSTOMER].version == len(desk.log.history(CUSTOMER))
    assert isinstance(desk.log.history(CUSTOMER)[-1], SessionRevised)
    assert desk.queries.profile(CUSTOMER).sessions == SESSIONS - 1
    assert desk.log.state(CUSTOMER).abridged() == whole(desk.log)


def test_a_process_that_starts_from_the_snapshot_sees_the_same() -> None:
    desk = Desk(now=LATER)
    regular(desk)
    desk.send(at(900, TIMEOUT))
    fresh = Desk(desk.log, now=LATER)
    fresh.send(at(901, SESSIONS * APART))
    assert fresh.log.state(CUSTOMER).abridged() == whole(desk.log)
    assert fresh.queries.profile(CUSTOMER).sessions == SESSIONS


def test_past_sessions_are_read_once_for_a_batch_and_hold_what_it_has_written() -> None:
    desk = Desk(now=LATER)
    regular(desk)
    desk.send(at(900, -APART), at(901, -APART + TIMEOUT), at(902, SESSIONS * APART))
    assert desk.log.state(CUSTOMER).abridged() == whole(desk.log)
    assert desk.queries.profile(CUSTOMER).sessions == SESSIONS + 1
    assert desk.log.recalled == [1]


def test_a_late_event_that_is_no_session_activity_needs_no_past_session() -> None:
    desk = Desk(now=LATER)
    regular(desk)
    desk.define("entries.count")
    desk.send(at(900, TIMEOUT) | {"action": "entries.count"})
    assert desk.log.recalled == []
    assert desk.queries.profile(CUSTOMER).sessions == SESSIONS


def known(log: WatchedLog) -> tuple[Any, ...]:
    """What two states have in common though one of them forgot more: all but the older sessions themselves."""
    state = log.state(CUSTOMER)
    newest = state.sessions[-SESSIONS_REMEMBERED // 2 :]
    return state.counts, state.first_seen, state.last_seen, state.forgotten + len(state.sessions), newest


# Places on a line of half timeouts: far enough apart for more sessions than are remembered, near enough to join some.
@settings(LAW, max_examples=40)
@given(st.integers(1, 60), st.integers(0, 9), st.integers(1, 20), st.randoms(use_true_random=False))
def test_any_order_split_and_duplication_gives_the_same_profile(
    number: int, twice: int, size: int, chance: Any
) -> None:
    events = [at(n, place * TIMEOUT // 2 + place % 3) for n, place in enumerate(chance.sample(range(120), number), 1)]
    expected = Desk(now=LATER)
    expected.send(*events)
    arrival = events + chance.choices(events, k=twice)
    chance.shuffle(arrival)
    log = WatchedLog()
    desks = [Desk(log, now=LATER), Desk(log, now=LATER)]
    for batch, start in enumerate(range(0, len(arrival), size)):
        desks[batch % 2].send(*arrival[start : start + size])
    assert known(log) == known(expected.log)
    assert log.state(CUSTOMER).version == len(log.history(CUSTOMER))
    assert advance(INITIAL, log.history(CUSTOMER)).counts == {"page.visit": number}
