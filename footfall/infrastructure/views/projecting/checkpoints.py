"""How far each view is in each partition. Whoever holds the rows of a partition, and only while it does, folds it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections.read_model import ReadModel
from ...log.tables import checkpoints
from ..tables import Slot, view
from .cursors import Backlog, Cursors


def read(connection: Connection, models: Sequence[ReadModel], slot: Slot) -> dict[str, Cursors]:
    """The cursors of views as they are now; others may be moving them."""
    return _cursors(connection, models, slot, _rows(models, slot))


def lock(
    connection: Connection, models: Sequence[ReadModel], slot: Slot, partition: int | None = None
) -> dict[str, Cursors]:
    """The cursors of views, of all partitions or one, which no other process moves before the transaction ends. Waits
    for those who hold them."""
    query = _rows(models, slot).order_by(checkpoints.c.projection, checkpoints.c.partition)
    if partition is not None:
        query = query.where(checkpoints.c.partition == partition)
    return _cursors(connection, models, slot, query.with_for_update())


def claim(connection: Connection, backlog: Backlog, slot: Slot, start: int, most: int) -> dict[str, Cursors]:
    """The cursors of views that have a backlog in the first `most` partitions, from the one at `start` on, that nobody
    holds. They are held by the transaction, so that a process that is gone holds none."""
    order = {partition: rank for rank, partition in enumerate(backlog.partitions(start))}
    wanted = [
        (view(model, slot).name, partition) for model in backlog.models for partition in backlog.cursors[model.name]
    ]
    query = (
        _rows(backlog.models, slot)
        .where(sa.tuple_(checkpoints.c.projection, checkpoints.c.partition).in_(wanted))
        .order_by(sa.case(order, value=checkpoints.c.partition), checkpoints.c.projection)
        .limit(most * len(backlog.models))
    )
    return _cursors(connection, backlog.models, slot, query.with_for_update(skip_locked=True))


def move(connection: Connection, models: Sequence[ReadModel], slot: Slot, reached: Cursors) -> None:
    """Write how far views are now in some partitions."""
    moved = (
        checkpoints.update()
        .where(checkpoints.c.projection == sa.bindparam("table"), checkpoints.c.partition == sa.bindparam("at"))
        .values(position=sa.bindparam("reached"))
    )
    tables = [view(model, slot).name for model in models]
    moves = [{"table": table, "at": at, "reached": to} for table in tables for at, to in reached.items()]
    connection.execute(moved, moves)


def _rows(models: Sequence[ReadModel], slot: Slot) -> sa.Select[tuple[str, int, int]]:
    return sa.select(checkpoints).where(checkpoints.c.projection.in_([view(model, slot).name for model in models]))


def _cursors(
    connection: Connection, models: Sequence[ReadModel], slot: Slot, query: sa.Select[tuple[str, int, int]]
) -> dict[str, Cursors]:
    names = {view(model, slot).name: model.name for model in models}
    cursors: dict[str, Cursors] = {}
    for row in connection.execute(query):
        cursors.setdefault(names[row.projection], {})[row.partition] = row.position
    return cursors
