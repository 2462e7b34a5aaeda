"""A view in memory: the rows of one read model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from ..application.ports.vocabulary import Clock
from ..application.running.loggers import VIEWS
from ..domain.events import CustomerEvent
from ..projections.kept_rows import KeptRows
from ..projections.read_model import Change, ColumnType, ReadModel, Row
from ..projections.row_checks import check_change
from .contents import StoredEvent


class Parked(NamedTuple):
    """From where in the log on a view could not take a customer's events, since when (µs), and why."""

    position: int
    parked_at: int
    error: str


class View:
    """Rows by customer, as they follow from the log up to `position`, but for customers that are parked."""

    def __init__(self, model: ReadModel) -> None:
        self.model, self.position = model, 0
        self.parked: dict[UUID, Parked] = {}
        self._names = [column.name for column in model.columns]
        self._rows: dict[UUID, KeptRows] = {}

    def rows(self, customer: UUID | None = None) -> list[dict[str, Any]]:
        """Copies of the rows by column, of one customer or of all."""
        chosen = [rows for who, rows in self._rows.items() if customer in (None, who)]
        return [dict(zip(self._names, self._copied(row), strict=True)) for rows in chosen for row in rows]

    def records(self, customer: UUID | None = None) -> list[SimpleNamespace]:
        """The same with columns as attributes."""
        return [SimpleNamespace(**row) for row in self.rows(customer)]

    def take(self, events: Iterable[StoredEvent], topics: Collection[str], clock: Clock) -> None:
        """Fold events of these topics. A customer whose events the fold cannot take is parked; the others go on."""
        streams: dict[UUID, list[StoredEvent]] = {}
        for row in events:
            if row.kind.topic in topics and row.stream not in self.parked:
                streams.setdefault(row.stream, []).append(row)
        for customer, rows in streams.items():
            try:
                self._fold(customer, [row.event for row in rows])
            except Exception as error:
                VIEWS.error("%s cannot take events of customer %s", self.model.name, customer, exc_info=error)
                self.parked[customer] = Parked(rows[0].position, clock(), f"{type(error).__name__}: {error}")

    def _fold(self, customer: UUID, events: Sequence[CustomerEvent]) -> None:
        rows = self._rows.get(customer) or KeptRows(self.model)
        change = self.model.fold(customer, list(map(self._copied, rows.within(self.model.spans(events)))), events)
        if not self.model.fits:
            check_change(self.model, change)
        rows.change(Change(change.removed, list(map(self._copied, change.added))))
        self._rows[customer] = rows

    def _copied(self, row: Row) -> Row:
        # As JSON holds it, for a database would keep and give back no more than that.
        return tuple(
            msgspec.json.decode(msgspec.json.encode(value)) if column.kind is ColumnType.JSON else value
            for column, value in zip(self.model.columns, row, strict=True)
        )
