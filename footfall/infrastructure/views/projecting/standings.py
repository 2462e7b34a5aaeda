"""Where views stand: how far each is in each partition of the log, and where it stopped for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections.read_model import ReadModel
from ...log.dialects.statements import OrderedRow
from ...log.tables import parked, streams
from ..tables import Slot, view
from . import checkpoints
from .checkpoints import Cursors


class Standing(NamedTuple):
    """Which events are in a view: those up to a cursor in each partition, of a parked customer (sixteen bytes) those
    before a position."""

    cursors: Cursors
    parked: Mapping[bytes, int]

    def seen(self, rows: Sequence[OrderedRow]) -> Sequence[OrderedRow]:
        """The rows of the log that are in the view."""
        cursors, parked = self
        folded = [row for row in rows if row[2] <= cursors[row[0]]]
        return [row for row in folded if row[2] < parked.get(row[3], row[2] + 1)] if parked else folded


def read(
    connection: Connection, models: Sequence[ReadModel], after: int | None = None, upto: int | None = None
) -> list[Standing]:
    """Where views stand in the moment that a transaction sees; `after` and `upto`: only the customers of the streams in
    between are asked for."""
    cursors = checkpoints.read(connection, models, Slot.LIVE)
    waiting: dict[str, dict[bytes, int]] = {}
    for row in connection.execute(_parked(after, upto)):
        waiting.setdefault(row.projection, {})[row.customer.bytes] = row.position
    return [Standing(cursors[model.name], waiting.get(view(model).name, {})) for model in models]


def _parked(after: int | None, upto: int | None) -> sa.Select[tuple[str, UUID, int]]:
    query = sa.select(parked.c.projection, parked.c.customer, parked.c.position)
    if after is None or upto is None:
        return query
    of_stream = sa.select(streams.c.stream).where(streams.c.customer == parked.c.customer).scalar_subquery()
    return query.where(of_stream > after, of_stream <= upto)
