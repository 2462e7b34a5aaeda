"""Laws that hold for any events in any order."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from footfall.domain.actions import PAGE_VISIT
from footfall.domain.events import ActivityRecorded
from footfall.domain.sessions import Page, Session, fold, join, place, single
from tests.builders import LAW, TIMEOUT, activities


@st.composite
def sessions_of(draw: st.DrawFn, number: int) -> list[Session]:
    """Sessions that share no event, overlapping or not, some of them announced as ended."""
    events = draw(activities(number, 9))
    parts = [reduce(join, map(single, events[n::number])) for n in range(number)]
    return [msgspec.structs.replace(part, end_announced=draw(st.booleans())) for part in parts]


def reference(events: list[ActivityRecorded], timeout: int) -> list[Session]:
    """The rule in its simplest form: sort, cut where the gap is too long, sum up."""
    groups: list[list[ActivityRecorded]] = []
    for event in sorted(events, key=lambda event: (event.time, event.event_id)):
        if groups and event.time - groups[-1][-1].time <= timeout:
            groups[-1].append(event)
        else:
            groups.append([event])
    return [_summed(group) for group in groups]


def _summed(group: list[ActivityRecorded]) -> Session:
    pages = [
        Page(one.time, one.event_id, one.params["url"], one.params.get("referrer"))
        for one in group
        if one.action == PAGE_VISIT
    ]
    entry, leave = (pages[0], pages[-1]) if pages else (None, None)
    return Session(group[0].time, group[0].event_id, group[-1].time, len(group), len(pages), entry, leave)


@LAW
@given(activities())
def test_the_fold_equals_the_reference(events: list[ActivityRecorded]) -> None:
    assert fold(events, TIMEOUT) == reference(events, TIMEOUT)


@LAW
@given(activities(), st.integers(0, 3 * TIMEOUT))
def test_the_fold_equals_the_reference_for_any_timeout(events: list[ActivityRecorded], timeout: int) -> None:
    assert fold(events, timeout) == reference(events, timeout)


@LAW
@given(activities(), st.data())
def test_the_fold_of_any_permutation_equals_the_fold_of_the_sorted(
    events: list[ActivityRecorded], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(events))
    in_order = sorted(events, key=lambda event: (event.time, event.event_id))
    assert fold(shuffled, TIMEOUT) == fold(in_order, TIMEOUT)


@LAW
@given(activities(), st.integers(0, 12))
def test_the_fold_may_be_interrupted_anywhere(events: list[ActivityRecorded], at: int) -> None:
    assert fold(events[at:], TIMEOUT, fold(events[:at], TIMEOUT)) == fold(events, TIMEOUT)


@LAW
@given(activities(1))
def test_what_is_left_apart_is_more_than_the_timeout_apart(events: list[ActivityRecorded]) -> None:
    sessions = fold(events, TIMEOUT)
    gaps = [later.started_at - one.last_activity_at for one, later in pairwise(sessions)]
    assert all(gap > TIMEOUT for gap in gaps)


@LAW
@given(activities(1))
def test_a_placement_is_the_join_with_all_that_it_touches(events: list[ActivityRecorded]) -> None:
    known = fold(events[1:], TIMEOUT)
    low, high, joined = place(known, events[0], TIMEOUT)
    assert joined == reduce(join, known[low:high], single(events[0]))


@LAW
@given(sessions_of(2))
def test_join_is_commutative(pair: list[Session]) -> None:
    one, other = pair
    assert join(one, other) == join(other, one)


@LAW
@given(sessions_of(3))
def test_join_is_associative(three: list[Session]) -> None:
    a, b, c = three
    assert join(join(a, b), c) == join(a, join(b, c))


@LAW
@given(sessions_of(2))
def test_an_announced_end_holds_as_long_as_the_bounds_do(pair: list[Session]) -> None:
    joined = join(*pair)
    bounds = _bounds(joined)
    assert joined.end_announced == any(one.end_announced and _bounds(one) == bounds for one in pair)


def _bounds(session: Session) -> tuple[UUID, int]:
    return session.first_event_id, session.last_activity_at
