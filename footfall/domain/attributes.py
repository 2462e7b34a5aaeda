"""Attributes of a customer: the value of the last event in the order of events wins, whatever arrives first."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from .events import AttributesUpdated, event_place


class Attribute(NamedTuple):
    """An attribute's value and the place of its event, which decides between two: the later one wins."""

    time: int
    event_id: UUID
    value: Any
    ahead: int = 0


def latest(attributes: dict[str, Attribute], event: AttributesUpdated) -> dict[str, Attribute]:
    """The attributes after an update: for each the value of the last event, whatever arrives first."""
    merged = dict(attributes)
    place = event_place(event)
    for name, value in event.attributes.items():
        known = merged.get(name)
        if known is None or event_place(known) < place:
            merged[name] = Attribute(event.time, event.event_id, value, event.ahead)
    return merged
