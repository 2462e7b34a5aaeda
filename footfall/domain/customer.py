"""The customer: the aggregate whose state is a fold of its stream, and the decisions taken on it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import msgspec

from . import sessions as windows
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
from .sessions import Session

SESSIONS_REMEMBERED = 16


class Attribute(NamedTuple):
    """An attribute's value and the stamp that decides between two: the later (time, event id) wins."""

    time: int
    event_id: UUID
    value: Any


class Customer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A customer's state after `version` events; moments in µs, UTC.

    `sessions` are the newest, sorted; `forgotten` counts the older ones that a snapshot leaves out, of which
    the newest had its last activity at `forgotten_until`.
    """

    version: int = 0
    counts: dict[str, int] = {}
    first_seen: int | None = None
    last_seen: int | None = None
    attributes: dict[str, Attribute] = {}
    sessions: tuple[Session, ...] = ()
    forgotten: int = 0
    forgotten_until: int | None = None

    def remembers(self, fact: Fact, timeout: int) -> bool:
        """Whether the remembered sessions suffice to decide on a fact; if not, its whole history is needed."""
        if self.forgotten_until is None or not windows.counts(fact):
            return True
        return fact.time > self.forgotten_until + timeout

    def abridged(self, keep: int = SESSIONS_REMEMBERED) -> Customer:
        """The same state with no more than the `keep` newest sessions."""
        surplus = len(self.sessions) - keep
        if surplus <= 0:
            return self
        return msgspec.structs.replace(
            self,
            sessions=self.sessions[surplus:],
            forgotten=self.forgotten + surplus,
            forgotten_until=self.sessions[surplus - 1].last_activity_at,
        )


NOBODY = Customer()


def decide(customer: UUID, state: Customer, fact: Fact, timeout: int) -> list[CustomerEvent]:
    """What is written when a fact is taken in: the fact, and what it makes the engine announce about sessions."""
    return handle(customer, state, fact, timeout)[0]


def handle(customer: UUID, state: Customer, fact: Fact, timeout: int) -> tuple[list[CustomerEvent], Customer]:
    """Decide, and evolve by what was decided: the same in one step, because both need the fact's placement."""
    if not isinstance(fact, ActivityRecorded) or not fact.counts:
        return [fact], evolve(state, fact, timeout)
    placement = windows.place(state.sessions, fact, timeout)
    announcement = _announce(customer, state.sessions, placement, fact)
    after = _did(state, fact, placement)
    if announcement is None:
        return [fact], after
    events: list[CustomerEvent] = [fact, announcement]
    if isinstance(announcement, SessionStarted):
        events.reverse()
    return events, evolve(after, announcement, timeout)


def _announce(
    customer: UUID, known: Sequence[Session], placement: windows.Placement, fact: ActivityRecorded
) -> SessionAnnouncement | None:
    now = placement.joined
    touched = known[placement.low : placement.high]
    if len(touched) == 1 and _announced_alike(touched[0], now):
        return None
    kind = SessionRevised if touched else SessionStarted
    return kind(
        fact.time,
        fact.received_at,
        uuid5(fact.event_id, kind.topic),
        windows.session_id(customer, now),
        now.first_event_id,
        now.started_at,
        now.last_activity_at,
        tuple(windows.session_id(customer, old) for old in touched),
    )


def _announced_alike(before: Session, now: Session) -> bool:
    return (before.first_event_id, before.end_announced) == (now.first_event_id, now.end_announced)


def evolve(state: Customer, event: CustomerEvent, timeout: int) -> Customer:
    """The state after one more event of the stream."""
    if isinstance(event, ActivityRecorded):
        return _did(state, event, windows.place(state.sessions, event, timeout) if event.counts else None)
    if isinstance(event, AttributesUpdated):
        attributes = latest(state.attributes, event)
        return msgspec.structs.replace(state, version=state.version + 1, attributes=attributes)
    sessions = end_announced(state.sessions, event) if isinstance(event, SessionEnded) else state.sessions
    return msgspec.structs.replace(state, version=state.version + 1, sessions=sessions)


def _did(state: Customer, event: ActivityRecorded, placement: windows.Placement | None) -> Customer:
    time, sessions = event.time, state.sessions
    if placement is not None:
        low, high, joined = placement
        sessions = (*sessions[:low], joined, *sessions[high:])
    return Customer(
        state.version + 1,
        {**state.counts, event.action: state.counts.get(event.action, 0) + 1},
        time if state.first_seen is None or time < state.first_seen else state.first_seen,
        time if state.last_seen is None or time > state.last_seen else state.last_seen,
        state.attributes,
        sessions,
        state.forgotten,
        state.forgotten_until,
    )


def latest(attributes: dict[str, Attribute], event: AttributesUpdated) -> dict[str, Attribute]:
    """The attributes after an update: for each the value with the latest (time, event id), whatever arrives first."""
    merged = dict(attributes)
    for name, value in event.attributes.items():
        known = merged.get(name)
        if known is None or (known.time, known.event_id) < (event.time, event.event_id):
            merged[name] = Attribute(event.time, event.event_id, value)
    return merged


def end_announced(sessions: tuple[Session, ...], event: SessionEnded) -> tuple[Session, ...]:
    """The sessions with the end of one marked as announced, if it still stands as the announcement says."""
    at = bisect_left(sessions, event.started_at, key=attrgetter("started_at"))
    if at == len(sessions) or not _is_end_of(event, sessions[at]):
        return sessions
    return (*sessions[:at], msgspec.structs.replace(sessions[at], end_announced=True), *sessions[at + 1 :])


def _is_end_of(event: SessionEnded, session: Session) -> bool:
    return (event.first_event_id, event.last_activity_at) == (session.first_event_id, session.last_activity_at)
