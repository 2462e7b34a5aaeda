"""Laws of the customer: what arrives in any order leaves one state, and announcements tell the truth about it."""

from __future__ import annotations

from itertools import accumulate
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.customer import INITIAL, Customer, decide, decide_all, decide_and_evolve
from footfall.domain.events import ActivityRecorded, CustomerEvent, Fact, SessionEnded, SessionRevised, SessionStarted
from footfall.domain.history import advance, replay, whole
from footfall.domain.moments import LATEST, MINUTE
from footfall.domain.session_ends import overdue_ends
from footfall.domain.sessions import session_id, without_pages
from footfall.domain.sessions_shortcut import fold
from tests.builders import CUSTOMER, LAW, NOON, TIMEOUT, counted, facts


def written(arrival: list[Fact | None]) -> list[CustomerEvent]:
    """The stream after facts arrived in this order; at None a sweep announces the end of every session."""
    state = INITIAL
    stream: list[CustomerEvent] = []
    for fact in arrival:
        decided = sweep(state) if fact is None else decide(CUSTOMER, state, fact)
        state = advance(state, decided)
        stream += decided
    return stream


def sweep(state: Customer) -> list[CustomerEvent]:
    return [*overdue_ends(CUSTOMER, state.sessions, LATEST)]


def lasting(state: Customer) -> dict[str, Any]:
    """All of a state but how many announcements it took to get there."""
    return {name: getattr(state, name) for name in Customer.__struct_fields__ if name != "version"}


ARRIVALS = st.builds(
    lambda arrived, sweeps: [entry for fact, swept in zip(arrived, sweeps, strict=False) for entry in [fact, *swept]],
    facts(),
    st.lists(st.sampled_from([[], [], [None]]), min_size=12, max_size=12),
)


@LAW
@given(ARRIVALS)
def test_the_replay_of_a_stream_is_the_state_that_wrote_it(arrival: list[Fact | None]) -> None:
    stream = written(arrival)
    assert replay(stream) == advance(INITIAL, stream)


@LAW
@given(facts(), st.data())
def test_facts_in_any_order_leave_the_same_state(arrived: list[Fact], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(arrived))
    states = [advance(INITIAL, written([*order])) for order in (arrived, shuffled)]
    assert lasting(states[0]) == lasting(states[1])


@LAW
@given(ARRIVALS)
def test_the_sessions_of_a_state_are_the_fold_of_its_activity(arrival: list[Fact | None]) -> None:
    activity = counted([fact for fact in arrival if isinstance(fact, ActivityRecorded)])
    state = advance(INITIAL, written(arrival))
    unmarked = [msgspec.structs.replace(session, end_announced=False) for session in state.sessions]
    assert unmarked == list(map(without_pages, fold(activity)))


@LAW
@given(ARRIVALS)
def test_who_follows_the_announcements_knows_every_session(arrival: list[Fact | None]) -> None:
    stream = written(arrival)
    heard: set[UUID] = set()
    for event in stream:
        if isinstance(event, SessionStarted | SessionRevised):
            assert heard.issuperset(event.replaces)
            heard = heard.difference(event.replaces) | {event.session_id}
    assert heard == {session_id(CUSTOMER, one) for one in advance(INITIAL, stream).sessions}


@LAW
@given(ARRIVALS)
def test_an_end_that_was_announced_is_true_or_was_revised(arrival: list[Fact | None]) -> None:
    stream = written(arrival)
    ends: dict[UUID, int] = {}
    for event in stream:
        if isinstance(event, SessionEnded):
            ends[event.session_id] = event.last_activity_at
        if isinstance(event, SessionRevised):
            ends = {one: end for one, end in ends.items() if one not in event.replaces}
    known = advance(INITIAL, stream).sessions
    assert ends == {session_id(CUSTOMER, one): one.last_activity_at for one in known if one.end_announced}


@LAW
@given(ARRIVALS, facts(1))
def test_to_handle_a_fact_is_to_decide_and_then_to_evolve(arrival: list[Fact | None], further: list[Fact]) -> None:
    state = advance(INITIAL, written(arrival))
    for fact in further:
        decided = decide(CUSTOMER, state, fact)
        assert decide_and_evolve(CUSTOMER, state, fact) == (decided, advance(state, decided))


STEPS = st.sampled_from((1, 1, MINUTE, TIMEOUT // 2, TIMEOUT, TIMEOUT + 1, 2 * TIMEOUT, 0, -1, -2 * TIMEOUT))
"""From one moment to the next of what comes mostly in order."""


def following(state: Customer, arrived: list[Fact], steps: list[int]) -> list[Fact]:
    """Facts moved to where they follow on the newest session, and on each other."""
    start = state.sessions[-1].last_activity_at if state.sessions else NOON
    moments = accumulate(steps, initial=start)
    next(moments)
    return [msgspec.structs.replace(fact, time=time) for fact, time in zip(arrived, moments, strict=False)]


@LAW
@given(facts(0, 4), st.booleans(), facts(3), st.lists(STEPS, min_size=12, max_size=12))
def test_to_decide_on_facts_together_is_to_decide_on_one_after_the_other(
    earlier: list[Fact], swept: bool, arrived: list[Fact], steps: list[int]
) -> None:
    before = after = advance(INITIAL, written([*earlier, *([None] if swept else [])]))
    further = following(before, arrived, steps)
    events: list[CustomerEvent] = []
    for fact in further:
        decided, after = decide_and_evolve(CUSTOMER, after, fact)
        events += decided
    assert decide_all(CUSTOMER, before, further) == (events, after)
    assert advance(before, events) == after


@LAW
@given(ARRIVALS)
def test_the_whole_state_of_a_stream_is_the_state_that_wrote_it(arrival: list[Fact | None]) -> None:
    stream = written(arrival)
    assert whole(stream) == advance(INITIAL, stream)


@LAW
@given(ARRIVALS, facts(1), st.integers(1, 4))
def test_an_abridged_state_decides_as_the_whole_one_on_all_that_it_remembers(
    arrival: list[Fact | None], further: list[Fact], keep: int
) -> None:
    long = advance(INITIAL, written(arrival))
    short = long.abridged(keep)
    for fact in further:
        if short.remembers(fact):
            decided = decide(CUSTOMER, long, fact)
            assert decide(CUSTOMER, short, fact) == decided
            after = advance(long, decided).sessions
            assert advance(short, decided).sessions == after[short.forgotten :]
