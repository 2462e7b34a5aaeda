"""A customer's state from its history: the whole stream, a part of it, or what followed a snapshot."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from . import sessions as windows
from .customer import INITIAL, SESSIONS_REMEMBERED, Customer, evolve
from .events import CustomerEvent, SessionAnnouncement, SessionEnded
from .session_ends import end_announced
from .sessions_shortcut import fold


def advance(state: Customer, events: Iterable[CustomerEvent]) -> Customer:
    """The state after the events that followed it, in the order of the stream."""
    for event in events:
        state = evolve(state, event)
    return state


def replay(history: Iterable[CustomerEvent]) -> Customer:
    """The state from a customer's whole stream, or from as much of it as is asked about."""
    state = INITIAL
    for event in chronological(history):
        state = evolve(state, event)
        # In order of event time nothing that was forgotten is ever touched again.
        if len(state.sessions) > 2 * SESSIONS_REMEMBERED:
            state = state.abridged()
    return state


def chronological(events: Iterable[CustomerEvent]) -> list[CustomerEvent]:
    """The events by (time, event id). Announcements, which only annotate, follow the facts of the same moment: a
    session that has ended is complete when its end comes, and none is forgotten before."""
    return sorted(events, key=lambda event: (event.time, isinstance(event, SessionAnnouncement), event.event_id))


def unabridged(state: Customer, history: Iterable[CustomerEvent]) -> Customer:
    """The same state with every session remembered, from the customer's whole stream."""
    chronicle = chronological(history)
    sessions = tuple(fold(filter(windows.is_activity, chronicle)))
    for event in chronicle:
        if isinstance(event, SessionEnded):
            sessions = end_announced(sessions, event)
    return msgspec.structs.replace(state, sessions=sessions, forgotten=0, forgotten_until=None, forgotten_open=False)
