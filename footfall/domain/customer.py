"""The customer: the aggregate whose state is a fold of its stream, and the decisions taken on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from uuid import UUID

import msgspec

from . import sessions as windows
from .attributes import Attribute, latest
from .derived_id import derived_id
from .events import (
    ActivityRecorded,
    AttributesUpdated,
    CustomerEvent,
    Fact,
    SessionAnnouncement,
    SessionEnded,
    SessionRevised,
    SessionStarted,
)
from .session_ends import ends_announced
from .sessions import Session
from .sessions_shortcut import place_activity, prolonged, prolonging

SESSIONS_REMEMBERED = 16
_deadline = attrgetter("deadline")


class Customer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A customer's state after `version` events; moments in µs, UTC.

    `sessions` are the newest, sorted; `forgotten` counts the older ones, which are kept apart (`past_sessions`): their
    deadlines are at most `forgotten_until`, and `forgotten_open` tells that the end of some may not be announced.
    """

    version: int = 0
    counts: dict[str, int] = {}
    first_seen: int | None = None
    last_seen: int | None = None
    attributes: dict[str, Attribute] = {}
    sessions: tuple[Session, ...] = ()
    forgotten: int = 0
    forgotten_until: int | None = None
    forgotten_open: bool = False

    def remembers(self, fact: Fact) -> bool:
        """Whether the remembered sessions suffice to decide on a fact; if not, it may touch past ones."""
        if self.forgotten_until is None or not windows.is_activity(fact):
            return True
        return fact.time > self.forgotten_until

    def next_deadline(self) -> int | None:
        """When the first of the remembered sessions times out whose end is not announced; None if there is none."""
        for session in self.sessions:
            if not session.end_announced:
                return session.deadline
        return None

    def abridged(self, keep: int = SESSIONS_REMEMBERED) -> Customer:
        """The same state with no more than the `keep` newest sessions, and none of those that were put back."""
        until, sessions = self.forgotten_until, self.sessions
        again = 0 if until is None else bisect_right(sessions, until, key=_deadline)
        surplus = max(again, len(sessions) - keep, 0)
        if not surplus and until is None:
            return self
        past, newest = sessions[:surplus], sessions[surplus:]
        forgotten = self.forgotten + len(past)
        still_open = self.forgotten_open or not all(one.end_announced for one in past)
        deadlines = [*([] if until is None else [until]), *(one.deadline for one in past[-1:])]
        # A session that now reaches from among the past ones into the newest parts them anew.
        bounds = [max(deadlines), *(one.started_at - 1 for one in newest[:1])]
        return msgspec.structs.replace(
            self,
            sessions=newest,
            forgotten=forgotten,
            forgotten_until=min(bounds) if forgotten else None,
            forgotten_open=bool(forgotten) and still_open,
        )


INITIAL = Customer()


def decide(customer: UUID, state: Customer, fact: Fact) -> list[CustomerEvent]:
    """What is written when a fact is taken in: the fact, and what it makes the engine announce about sessions."""
    return decide_and_evolve(customer, state, fact)[0]


def decide_and_evolve(customer: UUID, state: Customer, fact: Fact) -> tuple[list[CustomerEvent], Customer]:
    """Decide, and evolve by what was decided: the same in one step, because both need the fact's placement."""
    if not isinstance(fact, ActivityRecorded) or not fact.is_session_activity:
        return [fact], evolve(state, fact)
    placement = place_activity(state.sessions, fact)
    announcement = _announce(customer, state.sessions, placement, fact)
    after = _did(state, (fact,), placement)
    if announcement is None:
        return [fact], after
    began = type(announcement) is SessionStarted
    return [announcement, fact] if began else [fact, announcement], _told(after)


def decide_all(customer: UUID, state: Customer, facts: Sequence[Fact]) -> tuple[list[CustomerEvent], Customer]:
    """The same for several facts, in their order: what one decision after the other would give. Those that only prolong
    the newest session are taken together."""
    events: list[CustomerEvent] = []
    number = 0
    while number < len(facts):
        if run := prolonging(state.sessions, facts, number):
            end = len(state.sessions)
            state = _did(state, run, (end - 1, end, prolonged(state.sessions[-1], run)))
            events += run
            number += len(run)
        else:
            decided, state = decide_and_evolve(customer, state, facts[number])
            events += decided
            number += 1
    return events, state


def evolve(state: Customer, event: CustomerEvent) -> Customer:
    """The state after one more event of the stream."""
    if isinstance(event, ActivityRecorded):
        return _did(state, (event,), place_activity(state.sessions, event) if event.is_session_activity else None)
    if isinstance(event, AttributesUpdated):
        attributes = latest(state.attributes, event)
        return msgspec.structs.replace(state, version=state.version + 1, attributes=attributes)
    if isinstance(event, SessionEnded):
        return evolve_by_ends(state, (event,))
    return _told(state)


def _told(state: Customer) -> Customer:
    # That a session began, or is another now, was known by the activity that made it so.
    return msgspec.structs.replace(state, version=state.version + 1)


def evolve_by_ends(state: Customer, ends: Sequence[SessionEnded]) -> Customer:
    """The state after ends of sessions, however many, in one go."""
    sessions = ends_announced(state.sessions, ends)
    return msgspec.structs.replace(state, version=state.version + len(ends), sessions=sessions)


def _did(state: Customer, run: Sequence[ActivityRecorded], placement: windows.Placement | None) -> Customer:
    # Activity in order of time; where it is session activity, all of it belongs in one place.
    first, last, sessions = run[0].time, run[-1].time, state.sessions
    if placement is not None:
        low, high, joined = placement
        sessions = (*sessions[:low], joined, *sessions[high:])
    counts = state.counts.copy()
    for activity in run:
        counts[activity.action] = counts.get(activity.action, 0) + 1
    return Customer(
        state.version + len(run),
        counts,
        first if state.first_seen is None or first < state.first_seen else state.first_seen,
        last if state.last_seen is None or last > state.last_seen else state.last_seen,
        state.attributes,
        sessions,
        state.forgotten,
        state.forgotten_until,
        state.forgotten_open,
    )


def _announce(
    customer: UUID, known: Sequence[Session], placement: windows.Placement, fact: ActivityRecorded
) -> SessionAnnouncement | None:
    """What a fact makes the engine tell at once: that a session began, or that those it touched are now another."""
    low, high, now = placement
    touched = known[low:high]
    if len(touched) == 1 and _announced_alike(touched[0], now):
        return None
    kind = SessionRevised if touched else SessionStarted
    identity = windows.session_id(customer, now)
    return kind(
        fact.time,
        fact.received_at,
        # A session begins once, so that what tells of it goes by the session's own id.
        derived_id(fact.event_id, kind.topic) if touched else identity,
        identity,
        now.first_event_id,
        now.started_at,
        now.last_activity_at,
        tuple([windows.session_id(customer, old) for old in touched]),
    )


def _announced_alike(before: Session, now: Session) -> bool:
    return (before.first_event_id, before.end_announced) == (now.first_event_id, now.end_announced)
