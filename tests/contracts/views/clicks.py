"""A read model of a host: it has no key and no index, so that nothing forbids a row that is there twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

import footfall
from footfall.domain.events import CustomerEvent


class Clicks(footfall.ReadModel):
    """What customers clicked on."""

    name = "clicks"
    columns: ClassVar[tuple[footfall.Column, ...]] = (
        footfall.Column("uuid", footfall.ColumnType.UUID),
        footfall.Column("text", footfall.ColumnType.TEXT),
    )

    def fold(self, customer: UUID, _rows: object, events: Sequence[CustomerEvent]) -> footfall.Change:
        """A row for each click."""
        return footfall.Change((), [(customer, e.params["text"]) for e in events if e.action == "button.click"])
