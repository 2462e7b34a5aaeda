"""A customer's state from its history: the whole stream, a part of it, or what followed a snapshot."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from . import sessions as windows
from .customer import NOBODY, SESSIONS_REMEMBERED, Customer, end_announced, evolve
from .events import CustomerEvent, SessionAnnouncement, SessionEnded


def advance(state: Customer, events: Iterable[CustomerEvent], timeout: int) -> Customer:
    """The state after the events that followed it, in the order of the stream."""
    for event in events:
        state = evolve(state, event, timeout)
    return state


def replay(history: Iterable[CustomerEvent], timeout: int) -> Customer:
    """The state from a customer's whole stream, or from as much of it as is asked about."""
    state = NOBODY
    for event in chronological(history):
        state = evolve(state, event, timeout)
        # In order of event time nothing that was forgotten is ever touched again.
        if len(state.sessions) > 2 * SESSIONS_REMEMBERED:
            state = state.abridged()
    return state


def chronological(events: Iterable[CustomerEvent]) -> list[CustomerEvent]:
    """The events by (time, event id); announcements, which only annotate, follow the facts."""
    return sorted(events, key=lambda event: (isinstance(event, SessionAnnouncement), event.time, event.event_id))


def unabridged(state: Customer, history: Iterable[CustomerEvent], timeout: int) -> Customer:
    """The same state with every session remembered, from the customer's whole stream."""
    chronicle = chronological(history)
    sessions = tuple(windows.fold(filter(windows.counts, chronicle), timeout))
    for event in chronicle:
        if isinstance(event, SessionEnded):
            sessions = end_announced(sessions, event)
    return msgspec.structs.replace(state, sessions=sessions, forgotten=0, forgotten_until=None)
