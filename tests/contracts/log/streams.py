"""Streams as the log stores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from footfall.application.ports.log import AppendTransaction, Log, StreamAppend
from footfall.application.ports.vocabulary import TimelineEvent
from footfall.application.reading.timeline_pages import timeline_page
from footfall.domain.customer import INITIAL, Customer, decide, evolve
from footfall.domain.events import ActivityRecorded, AttributesUpdated, CustomerEvent, Recorded
from footfall.domain.history import advance
from footfall.domain.past_sessions import Snapshot
from footfall.domain.timeouts import DEFAULT_TIMEOUT
from tests.contracts.support import MINUTE, NOON, named

TIMEOUT = DEFAULT_TIMEOUT


def activity(name: str, minute: float, **params: Any) -> ActivityRecorded:
    """A page visit so many minutes after noon; the same name has the same event id."""
    time = NOON + round(minute * MINUTE)
    return ActivityRecorded(time, time + 5, named(name), "page.visit", {"url": f"/{name}", **params}, True)


def learned(name: str, **attributes: Any) -> AttributesUpdated:
    """Attributes that were learned at noon; the same name has the same event id."""
    return AttributesUpdated(NOON, NOON, named(name), attributes)


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


def states(events: Sequence[Recorded[CustomerEvent]]) -> dict[UUID, Customer]:
    """The states of customers after events, which are whole streams."""
    streams: dict[UUID, list[CustomerEvent]] = {}
    for event in events:
        streams.setdefault(event.originator_id, []).append(event.event)
    return {customer: advance(INITIAL, stream) for customer, stream in streams.items()}


def appends(
    events: Sequence[Recorded[CustomerEvent]],
    snapshots: Mapping[UUID, Snapshot] = {},
    deadlines: Mapping[UUID, int] = {},
) -> list[StreamAppend]:
    """What is to be written, stream by stream."""
    streams: dict[UUID, list[Recorded[CustomerEvent]]] = {}
    for event in events:
        streams.setdefault(event.originator_id, []).append(event)
    return [
        StreamAppend(
            customer,
            own[0].originator_version - 1,
            [one.event for one in own],
            snapshots.get(customer),
            deadlines.get(customer),
        )
        for customer, own in streams.items()
    ]


def write(transaction: AppendTransaction, streams: Sequence[StreamAppend]) -> None:
    """Write to streams."""
    own = {stream.customer: stream for stream in streams}
    with transaction.appending(list(own)) as appending:
        for customer in appending.customers:
            appending.write(own[customer])


def append(log: Log, *events: Recorded[CustomerEvent]) -> None:
    """Append in one transaction, without snapshots."""
    with log.transaction({event.originator_id for event in events}) as transaction:
        write(transaction, appends(events))


def timeline_of(log: Log, customer: UUID, limit: int | None = None) -> list[TimelineEvent]:
    """The events of a whole timeline, or the newest of them."""
    return timeline_page(log, customer, None, None, None, limit)


def facts_of(log: Log, customer: UUID) -> list[CustomerEvent]:
    """The events of a stream that were handed in, without what the engine announced."""
    return [event for event in log.history(customer) if isinstance(event, ActivityRecorded)]
