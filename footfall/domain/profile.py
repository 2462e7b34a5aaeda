"""The profile: a customer's state as a document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from .customer import Customer
from .moments import to_datetime, to_datetime_if_any
from .sessions import session_id

IDENTIFIERS = ("email", "phone", "customId")


@dataclass(frozen=True, slots=True)
class CurrentSession:
    """The session a customer is in; moments in UTC."""

    session_id: str
    started_at: datetime
    last_activity_at: datetime
    deadline: datetime
    activities: int
    page_visits: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A customer as of a moment: `counts` by action, attributes that are set, moments in UTC."""

    uuid: str
    version: int
    first_seen: datetime | None
    last_seen: datetime | None
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
        first_seen=to_datetime_if_any(state.first_seen),
        last_seen=to_datetime_if_any(state.last_seen),
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
        to_datetime(session.started_at),
        to_datetime(session.last_activity_at),
        to_datetime(session.deadline),
        session.activities,
        session.page_visits,
    )
