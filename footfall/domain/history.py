"""A customer's state from its history: the whole stream, a part of it, or what followed a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from . import sessions as windows
from .customer import INITIAL, SESSIONS_REMEMBERED, Customer, evolve
from .events import CustomerEvent, SessionAnnouncement, SessionEnded, event_place
from .session_ends import ends_announced
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
    """The events by time. Announcements, which only annotate, follow the facts of the same moment: a session that has
    ended is complete when its end comes, and none is forgotten before."""
    return sorted(events, key=lambda event: (event.time, isinstance(event, SessionAnnouncement), event_place(event)))


def whole(history: Sequence[CustomerEvent]) -> Customer:
    """The state with every session in it, from a customer's whole stream."""
    sessions = list(map(windows.without_pages, fold(windows.activity_in(history))))
    marked = ends_announced(sessions, (event for event in history if isinstance(event, SessionEnded)))
    return msgspec.structs.replace(
        replay(history), sessions=marked, forgotten=0, forgotten_until=None, forgotten_open=False
    )
