"""Shortcuts of the rule of sessions, for what is most frequent: activity after all that is known, and a run of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter

from .actions import PAGE_VISIT
from .events import ActivityRecorded, Fact, event_place
from .moments import EARLIEST
from .sessions import Placement, Session, is_activity, page_of, place_session, single

_event_id = attrgetter("event_id")
_time = attrgetter("time")


def place_activity(sessions: Sequence[Session], activity: ActivityRecorded) -> Placement:
    """Find the sessions (sorted, apart from each other) of a customer's state that an activity touches, and what they
    become."""
    time, end = activity.time, len(sessions)
    if not end or time > sessions[-1].deadline:
        return end, end, single(activity, with_page=False)
    if time > sessions[-1].last_activity_at:
        return end - 1, end, prolonged(sessions[-1], (activity,))
    return place_session(sessions, single(activity, with_page=False))


def prolonging(sessions: Sequence[Session], facts: Sequence[Fact], start: int) -> list[ActivityRecorded]:
    """Those facts from number `start` on that only prolong the newest session, one after the other, so that there is
    nothing to announce of them. None of a session whose end is announced."""
    run: list[ActivityRecorded] = []
    if not sessions or sessions[-1].end_announced:
        return run
    last, deadline = sessions[-1].last_activity_at, sessions[-1].deadline
    for fact in islice(facts, start, None):
        if not is_activity(fact) or not last < fact.time <= deadline:
            break
        last, end = fact.time, fact.time + fact.timeout
        deadline = end if end > deadline else deadline
        run.append(fact)
    return run


def prolonged(session: Session, run: Sequence[ActivityRecorded]) -> Session:
    """What `join` would give of a customer's state, for activity that comes after a session's last, in order of time
    and within its deadline."""
    deadline, visits = session.deadline, session.page_visits
    for activity in run:
        reached = activity.time + activity.timeout
        deadline = reached if reached > deadline else deadline
        visits += activity.action == PAGE_VISIT
    return Session(
        session.started_at,
        session.first_event_id,
        run[-1].time,
        deadline,
        session.activities + len(run),
        visits,
        None,
        None,
    )


def fold(activities: Iterable[ActivityRecorded], known: Sequence[Session] = ()) -> list[Session]:
    """The sessions of one customer after its activity events, whatever their order."""
    sessions = list(known)
    for run in _runs(_in_order(activities)):
        if not sessions or run.started_at > sessions[-1].deadline:
            sessions.append(run)
        else:
            low, high, joined = place_session(sessions, run)
            sessions[low:high] = [joined]
    return sessions


def _in_order(activities: Iterable[ActivityRecorded]) -> list[ActivityRecorded]:
    # By `event_place`, of which mostly the time alone tells.
    ordered = sorted(activities, key=_time)
    return ordered if len(set(map(_time, ordered))) == len(ordered) else sorted(ordered, key=event_place)


def _runs(ordered: Iterable[ActivityRecorded]) -> Iterator[Session]:
    # What joining one after the other would give; a replay folds millions of events that come nearly in order.
    run: list[ActivityRecorded] = []
    deadline = EARLIEST
    for activity in ordered:
        time = activity.time
        if time > deadline and run:
            yield _together(run, deadline)
            run = []
        run.append(activity)
        reached = time + activity.timeout
        if reached > deadline:
            deadline = reached
    if run:
        yield _together(run, deadline)


def _together(run: Sequence[ActivityRecorded], deadline: int) -> Session:
    if len(run) == 1:
        return single(run[0])
    first = run[0]
    if run[1].time == first.time:
        first = min([activity for activity in run if activity.time == first.time], key=_event_id)
    visits = [activity for activity in run if activity.action == PAGE_VISIT]
    entry, last = (page_of(visits[0]), page_of(visits[-1])) if visits else (None, None)
    return Session(first.time, first.event_id, run[-1].time, deadline, len(run), len(visits), entry, last)
