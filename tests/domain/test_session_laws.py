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
from footfall.domain.sessions import Page, Session, join, single, without_pages
from footfall.domain.sessions_shortcut import fold, place_activity
from tests.builders import LAW, TIMEOUT, activities


@st.composite
def sessions_of(draw: st.DrawFn, number: int) -> list[Session]:
    """Sessions that share no event, overlapping or not, some of them announced as ended."""
    events = draw(activities(number, 9))
    parts = [reduce(join, map(single, events[n::number])) for n in range(number)]
    return [msgspec.structs.replace(part, end_announced=draw(st.booleans())) for part in parts]


def reference(events: list[ActivityRecorded]) -> list[Session]:
    """The rule in its simplest form: sort, cut where the spans of all before do not reach, sum up."""
    groups: list[list[ActivityRecorded]] = []
    for event in sorted(events, key=lambda event: (event.time, event.event_id)):
        if groups and event.time <= max(one.time + one.timeout for one in groups[-1]):
            groups[-1].append(event)
        else:
            groups.append([event])
    return [_summed(group) for group in groups]


def _summed(group: list[ActivityRecorded]) -> Session:
    pages = [
        Page(one.time, one.event_id, one.params["url"], one.params.get("referrer"), one.ahead)
        for one in group
        if one.action == PAGE_VISIT
    ]
    in_order = sorted(pages, key=lambda page: (page.time, page.ahead, page.event_id))
    entry, leave = (in_order[0], in_order[-1]) if pages else (None, None)
    deadline = max(one.time + one.timeout for one in group)
    return Session(group[0].time, group[0].event_id, group[-1].time, deadline, len(group), len(pages), entry, leave)


@LAW
@given(activities())
def test_the_fold_equals_the_reference(events: list[ActivityRecorded]) -> None:
    assert fold(events) == reference(events)


@LAW
@given(activities(), st.integers(0, 3 * TIMEOUT))
def test_with_one_timeout_for_all_a_session_is_cut_where_a_gap_is_longer(
    events: list[ActivityRecorded], timeout: int
) -> None:
    alike = [msgspec.structs.replace(event, timeout=timeout) for event in events]
    times = sorted(event.time for event in alike)
    cuts = sum(later - earlier > timeout for earlier, later in pairwise(times))
    sessions = fold(alike)
    assert len(sessions) == (cuts + 1 if times else 0)
    assert all(one.deadline == one.last_activity_at + timeout for one in sessions)


@LAW
@given(activities(), st.data())
def test_the_fold_of_any_permutation_equals_the_fold_of_the_sorted(
    events: list[ActivityRecorded], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(events))
    in_order = sorted(events, key=lambda event: (event.time, event.event_id))
    assert fold(shuffled) == fold(in_order)


@LAW
@given(activities(), st.integers(0, 12))
def test_the_fold_may_be_interrupted_anywhere(events: list[ActivityRecorded], at: int) -> None:
    assert fold(events[at:], fold(events[:at])) == fold(events)


@LAW
@given(activities(1))
def test_what_is_left_apart_began_after_the_deadline_of_what_was_before(events: list[ActivityRecorded]) -> None:
    assert all(later.started_at > one.deadline for one, later in pairwise(fold(events)))


@LAW
@given(activities(1))
def test_a_placement_is_the_join_with_all_that_it_touches(events: list[ActivityRecorded]) -> None:
    known = list(map(without_pages, fold(events[1:])))
    low, high, joined = place_activity(known, events[0])
    assert joined == reduce(join, known[low:high], single(events[0], with_page=False))


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


def _bounds(session: Session) -> tuple[UUID, int, int]:
    return session.first_event_id, session.last_activity_at, session.deadline
