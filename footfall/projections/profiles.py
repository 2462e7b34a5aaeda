"""Profiles for listing and searching: a row for each customer. The profile itself is read from the stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from ..domain.attributes import Attribute, latest
from ..domain.conditions import Conditions, all_hold
from ..domain.cursors import Cursors, Whole
from ..domain.errors import InvalidArgument
from ..domain.events import ActivityRecorded, AttributesUpdated, CustomerEvent
from ..domain.moments import to_datetime_if_any
from ..domain.spans import Span
from .read_model import Change, Column, ColumnType, Index, Query, ReadModel, Row, Tallies

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
    cursor: str


class ProfileFilter(NamedTuple):
    """Which customers: by conditions on attributes and counts, last seen from `since` on and before `until` (µs)."""

    attributes: Conditions
    counts: Conditions
    since: int | None = None
    until: int | None = None

    def finds(self, row: Any) -> bool:
        """Whether a customer's row is among them."""
        return (
            (self.since is None or (row.last_seen is not None and row.last_seen >= self.since))
            and (self.until is None or (row.last_seen is not None and row.last_seen < self.until))
            and self.finds_by_content(row.attributes, row.counts)
        )

    def finds_by_content(self, attributes: Mapping[str, Any], counts: Mapping[str, int]) -> bool:
        """Whether attributes and counts fulfil the conditions on them."""
        return all_hold(self.attributes, attributes) and all_hold(self.counts, counts, 0)


class ProfilePlace(NamedTuple):
    """How far a walk through the list has come: the later seen (µs) stand first, then those of the higher uuid, and
    those never seen at the end. `positions` are those of the log, by partition, up to which the walk has dealt with who
    was seen meanwhile and so moved to the front: behind the place were those, and only those, whom it had not yet met,
    as the view stood there."""

    last_seen: Whole | None
    uuid: UUID
    positions: tuple[Whole, ...]

    def is_ahead(self, last_seen: int | None, uuid: UUID) -> bool:
        """Whether a customer stands before this place, or at it."""
        if last_seen is None or self.last_seen is None:
            return last_seen is not None or (self.last_seen is None and uuid >= self.uuid)
        return (last_seen, uuid) >= (self.last_seen, self.uuid)

    def check_store(self, partitions: int) -> None:
        """Raise `InvalidArgument` where it is of a store with another number of partitions."""
        if len(self.positions) != partitions:
            raise InvalidArgument("this cursor of profiles is one of another store")


PROFILE_CURSORS = Cursors("profiles", ProfilePlace)


class ProfilesWith(Query[list[ProfileRow]], frozen=True):
    """Customers, the last seen first; those that a walk has not yet met, if a place is given."""

    together: ClassVar[tuple[str, ...]] = ("profiles", "sessions", "attribute_values")
    which: ProfileFilter
    limit: int | None
    after: ProfilePlace | None = None


class Profiles(ReadModel):
    """One row for each customer; `places` keeps (time, ahead, event id) of every attribute, of forgotten ones too."""

    name = "profiles"
    fits = True
    topics = frozenset({ActivityRecorded.topic, AttributesUpdated.topic})
    key = "uuid"
    columns = (
        Column("uuid", ColumnType.UUID, required=True),
        Column("first_seen", ColumnType.INTEGER),
        Column("last_seen", ColumnType.INTEGER),
        Column("events", ColumnType.INTEGER, required=True),
        Column("counts", ColumnType.JSON, required=True),
        Column("attributes", ColumnType.JSON, required=True),
        Column("places", ColumnType.JSON, required=True),
    )
    tallied = 1
    indexes = (Index("last_seen", "uuid"),)
    lookback_column = "events"

    def spans(self, events: Sequence[CustomerEvent]) -> Sequence[Span]:
        """The customer's one row, however many its events."""
        return _ANY

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """Count, widen the span in which the customer was seen, and let the latest attributes win."""
        _, first, last, total, counts, values, places = rows[0] if rows else (customer, None, None, 0, {}, {}, {})
        counts = dict(counts)
        for event in events:
            if isinstance(event, ActivityRecorded):
                total += 1
                counts[event.action] = counts.get(event.action, 0) + 1
                first = event.time if first is None or event.time < first else first
                last = event.time if last is None or event.time > last else last
            elif isinstance(event, AttributesUpdated):
                values, places = _columns(latest(_attributes(values, places), event))
        return Change([customer] if rows else [], [(customer, first, last, total, counts, values, places)])

    def tally(self, rows: Sequence[Row]) -> Tallies:
        """The customers and their events."""
        return {"figures": {"customers": len(rows), "events": sum(row[3] for row in rows)}}


def _attributes(values: Mapping[str, Any], places: Mapping[str, Any]) -> dict[str, Attribute]:
    return {
        name: Attribute(time, UUID(event_id), values.get(name), ahead)
        for name, (time, ahead, event_id) in places.items()
    }


def _columns(attributes: Mapping[str, Attribute]) -> tuple[dict[str, Any], dict[str, Any]]:
    values = {name: attribute.value for name, attribute in attributes.items() if attribute.value is not None}
    return values, {name: [one.time, one.ahead, str(one.event_id)] for name, one in attributes.items()}


def describe_profile(row: Any, place: ProfilePlace) -> ProfileRow:
    """A profile as it is listed: its row with the number of its `sessions`, and how far a walk has come with it."""
    return ProfileRow(
        uuid=str(row.uuid),
        first_seen=to_datetime_if_any(row.first_seen),
        last_seen=to_datetime_if_any(row.last_seen),
        events=row.events,
        sessions=row.sessions,
        counts=row.counts,
        attributes=row.attributes,
        cursor=PROFILE_CURSORS.text(place),
    )
