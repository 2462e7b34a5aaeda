"""A view in memory, as strict as a table: keys are unique, what is removed is there, columns hold their kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from footfall.domain.events import CustomerEvent
from footfall.domain.spans import merged
from footfall.projections.read_model import ColumnType, ReadModel, Row
from footfall.projections.tallies import Tally
from tests.builders import CUSTOMER, facts, uid

HOLDS: dict[ColumnType, type | tuple[type, ...]] = {
    ColumnType.UUID: UUID,
    ColumnType.INTEGER: int,
    ColumnType.TEXT: str,
    ColumnType.JSON: (dict, list, str, int, float),
}


class View:
    """Rows of one read model by key; where the model has none, by customer and event."""

    def __init__(self, model: ReadModel) -> None:
        self.model = model
        self.names = [column.name for column in model.columns]
        self.rows: dict[Any, Row] = {}
        self.tallied = Tally()

    def take(self, *events: CustomerEvent, customer: UUID = CUSTOMER) -> View:
        """Fold a batch of one customer's events, with the rows that the model asks for."""
        change = self.model.fold(customer, self._needed(customer, events), events)
        replaced = [self.rows.pop(key) for key in change.removed]
        self.tallied.add(self.model.tally(change.added))
        self.tallied.add(self.model.tally(replaced), -1)
        for row in map(self._as_stored, change.added):
            assert self._key(row) not in self.rows
            self.rows[self._key(row)] = row
        return self

    def table(self, *names: str) -> list[tuple[Any, ...]]:
        """These columns of all rows, in the order of their values."""
        return sorted(tuple(self._value(row, name) for name in names) for row in self.rows.values())

    def documents(self) -> list[dict[str, Any]]:
        return [dict(zip(self.names, row, strict=True)) for row in self.rows.values()]

    def _needed(self, customer: UUID, events: Sequence[CustomerEvent]) -> list[Row]:
        if self.model.lookback_column is None:
            return []
        place = partial(self._value, name=self.model.lookback_column)
        own = sorted((row for row in self.rows.values() if self._value(row, "uuid") == customer), key=place)
        needed = []
        for since, until in merged(self.model.spans(events)):
            needed += [row for row in own if since <= place(row) <= until]
            needed += [row for row in own if place(row) > until][:1]
        return [row for row in own if row in needed]

    def _as_stored(self, row: Row) -> Row:
        for column, value in zip(self.model.columns, row, strict=True):
            assert isinstance(value, HOLDS[column.kind]) or (value is None and not column.required), column.name
        kinds = [column.kind for column in self.model.columns]
        return tuple(
            json.loads(json.dumps(value)) if kind is ColumnType.JSON else value
            for kind, value in zip(kinds, row, strict=True)
        )

    def _key(self, row: Row) -> Any:
        names = [self.model.key] if self.model.key else ["uuid", "event_id"]
        values = tuple(self._value(row, name) for name in names)
        return values[0] if self.model.key else values

    def _value(self, row: Row, name: str) -> Any:
        return row[self.names.index(name)]


CUSTOMERS = [CUSTOMER, uid(8)]

ARRIVALS = st.lists(st.tuples(st.sampled_from(CUSTOMERS), facts(0, 4)), max_size=6).map(
    lambda parts: [*{(who, fact.event_id): (who, fact) for who, some in parts for fact in some}.values()]
)
"""What two customers did, each event with its customer; an id may be both customers'."""


def fold_in(model: ReadModel, arrival: Sequence[tuple[UUID, CustomerEvent]], sizes: Sequence[int] = ()) -> View:
    """The view after events arrived in this order in batches of these sizes, and the rest in one."""
    view, remaining = View(model), [*arrival]
    for size in [*sizes, len(arrival)]:
        batch, remaining = remaining[:size], remaining[size:]
        for customer in dict.fromkeys(who for who, _ in batch):
            view.take(*(event for who, event in batch if who == customer), customer=customer)
    return view
