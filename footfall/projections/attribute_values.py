"""Attribute values: a row for each attribute of each customer, so that those who have a value are found by an index."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from ..domain.attributes import Attribute, latest
from ..domain.derived_id import derived_id
from ..domain.events import AttributesUpdated, CustomerEvent
from ..domain.json_equality import canonical
from ..domain.spans import Span
from .read_model import Change, Column, ColumnType, Index, ReadModel, Row


class AttributeValues(ReadModel):
    """One row for each attribute that a customer ever had; a forgotten one has no value. `pair` stands for name and
    value together, `name_number` for the name."""

    name = "attribute_values"
    fits = True
    topics = frozenset({AttributesUpdated.topic})
    key = "attribute_id"
    columns = (
        Column("attribute_id", ColumnType.UUID, required=True),
        Column("uuid", ColumnType.UUID, required=True),
        Column("name", ColumnType.TEXT, required=True),
        Column("value", ColumnType.JSON),
        Column("pair", ColumnType.UUID),
        Column("time", ColumnType.INTEGER, required=True),
        Column("ahead", ColumnType.INTEGER, required=True),
        Column("event_id", ColumnType.UUID, required=True),
        Column("name_number", ColumnType.INTEGER, required=True),
    )
    indexes = (Index("uuid", "name_number"), Index("pair"))
    lookback_column = "name_number"

    def spans(self, events: Sequence[CustomerEvent]) -> Sequence[Span]:
        """The rows of the attributes that are updated."""
        updated = (event for event in events if isinstance(event, AttributesUpdated))
        numbers = {name_number(name) for event in updated for name in event.attributes}
        return [Span(number, number) for number in numbers]

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """Let the latest value of each attribute win; replace the rows of those that changed."""
        before = {row[2]: Attribute(row[5], row[7], row[3], row[6]) for row in rows}
        after = before
        for event in events:
            if isinstance(event, AttributesUpdated):
                after = latest(after, event)
        changed = {name: attribute for name, attribute in after.items() if attribute is not before.get(name)}
        removed = [row[0] for row in rows if row[2] in changed]
        return Change(removed, [_row(customer, name, attribute) for name, attribute in changed.items()])


def _row(customer: UUID, name: str, attribute: Attribute) -> Row:
    return (
        derived_id(customer, name),
        customer,
        name,
        attribute.value,
        None if attribute.value is None else pair(name, attribute.value),
        attribute.time,
        attribute.ahead,
        attribute.event_id,
        name_number(name),
    )


def pair(name: str, value: Any) -> UUID:
    """What stands for an attribute's name and value: the same for values that are the same."""
    return UUID(bytes=blake2b(canonical([name, value]), digest_size=16).digest())


def name_number(name: str) -> int:
    """What stands for an attribute's name where a number is needed; few names have the same."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest()) >> 1
