"""The profile: a customer's state as a document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from .customer import Customer
from .moments import iso, iso_if_any
from .sessions import session_id

IDENTIFIERS = ("email", "phone", "customId")


class CurrentSession(msgspec.Struct, frozen=True):
    """The session a customer is in; moments as ISO 8601 text, UTC."""

    session_id: str
    started_at: str
    last_activity_at: str
    deadline: str
    activities: int
    page_visits: int


class Profile(msgspec.Struct, frozen=True):
    """A customer as of a moment: `counts` by action, attributes that are set, moments as ISO 8601 text, UTC."""

    uuid: str
    version: int
    first_seen: str | None
    last_seen: str | None
    identifiers: dict[str, Any]
    attributes: dict[str, Any]
    counts: dict[str, int]
    events: int
    sessions: int
    current_session: CurrentSession | None


def describe(customer: UUID, state: Customer, now: int) -> Profile:
    """The document for a state, seen at `now` (µs)."""
    attributes = {
        name: attribute.value for name, attribute in sorted(state.attributes.items()) if attribute.value is not None
    }
    return Profile(
        uuid=str(customer),
        version=state.version,
        first_seen=iso_if_any(state.first_seen),
        last_seen=iso_if_any(state.last_seen),
        identifiers={"uuid": str(customer)} | {name: attributes[name] for name in IDENTIFIERS if name in attributes},
        attributes=attributes,
        counts=dict(sorted(state.counts.items())),
        events=sum(state.counts.values()),
        sessions=state.forgotten + len(state.sessions),
        current_session=_current(customer, state, now),
    )


def _current(customer: UUID, state: Customer, now: int) -> CurrentSession | None:
    if not state.sessions or state.sessions[-1].deadline < now:
        return None
    session = state.sessions[-1]
    return CurrentSession(
        str(session_id(customer, session)),
        iso(session.started_at),
        iso(session.last_activity_at),
        iso(session.deadline),
        session.activities,
        session.page_visits,
    )
