"""Profiles for listing and searching: a row for each customer. The profile itself is read from the stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ..domain.attributes import Attribute, latest
from ..domain.events import ActivityRecorded, AttributesUpdated, CustomerEvent
from ..domain.moments import to_datetime_if_any
from ..domain.spans import Span
from .read_model import Change, Column, ColumnType, Index, Query, ReadModel, Row

_ANY = (Span(0),)


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A customer in the list of profiles."""

    uuid: str
    first_seen: datetime | None
    last_seen: datetime | None
    events: int
    sessions: int
    counts: dict[str, int]
    attributes: dict[str, Any]


class ProfilesWith(Query[list[ProfileRow]], frozen=True):
    """Customers, the last seen first; of these attributes, if any are given."""

    attributes: Mapping[str, Any]
    limit: int | None


class Profiles(ReadModel):
    """One row for each customer; `stamps` keeps (time, event id) of every attribute, of forgotten ones too."""

    name = "profiles"
    topics = frozenset({ActivityRecorded.topic, AttributesUpdated.topic})
    key = "uuid"
    columns = (
        Column("uuid", ColumnType.UUID, required=True),
        Column("first_seen", ColumnType.INTEGER),
        Column("last_seen", ColumnType.INTEGER),
        Column("events", ColumnType.INTEGER, required=True),
        Column("counts", ColumnType.JSON, required=True),
        Column("attributes", ColumnType.JSON, required=True),
        Column("stamps", ColumnType.JSON, required=True),
    )
    indexes = (Index("last_seen"),)
    lookback_column = "events"

    def spans(self, events: Sequence[CustomerEvent]) -> Sequence[Span]:
        """The customer's one row, however many its events."""
        return _ANY

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """Count, widen the span in which the customer was seen, and let the latest attributes win."""
        _, first, last, total, counts, values, stamps = rows[0] if rows else (customer, None, None, 0, {}, {}, {})
        counts = dict(counts)
        for event in events:
            if isinstance(event, ActivityRecorded):
                total += 1
                counts[event.action] = counts.get(event.action, 0) + 1
                first = event.time if first is None or event.time < first else first
                last = event.time if last is None or event.time > last else last
            elif isinstance(event, AttributesUpdated):
                values, stamps = _columns(latest(_attributes(values, stamps), event))
        return Change([customer] if rows else [], [(customer, first, last, total, counts, values, stamps)])


def _attributes(values: Mapping[str, Any], stamps: Mapping[str, Any]) -> dict[str, Attribute]:
    return {name: Attribute(time, UUID(event_id), values.get(name)) for name, (time, event_id) in stamps.items()}


def _columns(attributes: Mapping[str, Attribute]) -> tuple[dict[str, Any], dict[str, Any]]:
    values = {name: attribute.value for name, attribute in attributes.items() if attribute.value is not None}
    return values, {name: [attribute.time, str(attribute.event_id)] for name, attribute in attributes.items()}


def describe_profile(row: Any) -> ProfileRow:
    """A profile as it is listed: its row, and the number of its `sessions`."""
    return ProfileRow(
        uuid=str(row.uuid),
        first_seen=to_datetime_if_any(row.first_seen),
        last_seen=to_datetime_if_any(row.last_seen),
        events=row.events,
        sessions=row.sessions,
        counts=row.counts,
        attributes=row.attributes,
    )
