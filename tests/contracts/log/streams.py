"""Streams as the log stores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from footfall.domain.customer import INITIAL, Customer, decide, evolve
from footfall.domain.events import ActivityRecorded, CustomerEvent, Recorded
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from footfall.infrastructure.log.event_log import EventLog
from tests.contracts.support import MINUTE, NOON, named

TIMEOUT = DEFAULT_TIMEOUT


def activity(name: str, minute: float, **params: Any) -> ActivityRecorded:
    """A page visit so many minutes after noon; the same name has the same event id."""
    time = NOON + round(minute * MINUTE)
    return ActivityRecorded(time, time + 5, named(name), "page.visit", {"url": f"/{name}", **params}, True)


def recorded(
    customer: UUID, facts: Sequence[ActivityRecorded], state: Customer = INITIAL
) -> list[Recorded[CustomerEvent]]:
    """What a stream that stands at `state` records for facts."""
    events = []
    for fact in facts:
        for event in decide(customer, state, fact):
            state = evolve(state, event)
            events.append(Recorded(customer, state.version, event))
    return events


def append(log: EventLog, *events: Recorded[CustomerEvent]) -> None:
    """Append in one transaction, without snapshots."""
    with log.transaction({event.originator_id for event in events}) as transaction:
        transaction.append(events, {}, {})


def facts_of(log: EventLog, customer: UUID) -> list[CustomerEvent]:
    """The events of a stream that were handed in, without what the engine announced."""
    return [event for event in log.history(customer) if isinstance(event, ActivityRecorded)]
