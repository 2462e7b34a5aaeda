"""Attributes of a customer: the value with the latest (time, event id) wins, whatever arrives first."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from .events import AttributesUpdated


class Attribute(NamedTuple):
    """An attribute's value and the stamp that decides between two: the later (time, event id) wins."""

    time: int
    event_id: UUID
    value: Any


def latest(attributes: dict[str, Attribute], event: AttributesUpdated) -> dict[str, Attribute]:
    """The attributes after an update: for each the value with the latest (time, event id), whatever arrives first."""
    merged = dict(attributes)
    for name, value in event.attributes.items():
        known = merged.get(name)
        if known is None or (known.time, known.event_id) < (event.time, event.event_id):
            merged[name] = Attribute(event.time, event.event_id, value)
    return merged
