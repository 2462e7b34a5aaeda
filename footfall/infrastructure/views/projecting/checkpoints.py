"""Checkpoints: how far each view is in each partition of the log, and whom it goes on without.

Whoever holds the rows of a partition, and only while it does, folds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....projections.read_model import ReadModel
from ...log.tables import checkpoints, parked
from ..tables import Slot, view

Cursors = dict[int, int]
"""The last position that was folded of each partition."""


class Backlog(NamedTuple):
    """Where views have not seen all of the log: their cursors there, how many `rows` of it that may be at most, and its
    `heads`."""

    models: Sequence[ReadModel]
    cursors: Mapping[str, Cursors]
    rows: int
    heads: Mapping[int, int]

    def partitions(self, start: int) -> list[int]:
        """The partitions in their order, from the one at `start` (modulo their number) on."""
        partitions = sorted(set().union(*self.cursors.values()))
        first = start % len(partitions)
        return partitions[first:] + partitions[:first]


def find_backlog(
    models: Sequence[ReadModel], cursors: Mapping[str, Cursors], heads: Mapping[int, int]
) -> Backlog | None:
    """Which views are behind the heads of the log; None where none is."""
    behind = {
        name: {partition: position for partition, position in own.items() if heads[partition] > position}
        for name, own in cursors.items()
    }
    hindmost = find_hindmost(behind)
    if not hindmost:
        return None
    # All partitions are numbered from one sequence, so this counts the rows of all.
    rows = max(heads[partition] for partition in hindmost) - min(hindmost.values())
    return Backlog([model for model in models if behind.get(model.name)], behind, rows, heads)


def find_hindmost(cursors: Mapping[str, Cursors]) -> Cursors:
    """The cursor, for each partition, of the view that is the furthest behind."""
    hindmost: Cursors = {}
    for own in cursors.values():
        for partition, position in own.items():
            hindmost[partition] = min(position, hindmost.get(partition, position))
    return hindmost


def find_together(models: Sequence[ReadModel], cursors: Mapping[str, Cursors]) -> list[tuple[Cursors, list[ReadModel]]]:
    """The views that stand at the same cursors, and these."""
    groups: dict[tuple[tuple[int, int], ...], list[ReadModel]] = {}
    for model in models:
        if model.name in cursors:
            groups.setdefault(tuple(sorted(cursors[model.name].items())), []).append(model)
    return [(dict(cursors), together) for cursors, together in groups.items()]


def parked_customers(connection: Connection, table: str) -> set[UUID]:
    """Who is parked for a view's table."""
    return set(connection.scalars(sa.select(parked.c.customer).where(parked.c.projection == table)))


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
