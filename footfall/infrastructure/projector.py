"""The projector: reads the log from its cursors, folds, and commits rows and cursors in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..application.collector import collector_paused
from ..application.long_work import Progress, Stopping, never, silent
from ..application.ports import Clock
from ..projections.read_model import ReadModel, Row
from .database import Database, driver
from .event_log import EventLog
from .parking import Parking
from .pieces import Piece, by_customer
from .tables import checkpoints
from .view_postgres import PostgresViews
from .view_sqlite import SqliteViews
from .view_statements import ViewStatements
from .view_tables import Slot, view

CHUNK = 8_000
"""About so many events are folded in one transaction."""

Cursors = dict[int, int]


class Projector:
    """Brings copies of views up to the head of the log. Processes that share a view take turns on its cursors."""

    def __init__(self, event_log: EventLog, clock: Clock) -> None:
        self._log = event_log
        self._database: Database = event_log.database
        self._views: ViewStatements = PostgresViews() if self._database.is_postgres else SqliteViews()
        self.parking = Parking(clock)

    def catch_up(
        self,
        models: Sequence[ReadModel],
        slot: Slot = Slot.LIVE,
        progress: Progress = silent,
        stopping: Stopping = never,
    ) -> int:
        """Fold what the views have not seen yet; returns how many rows of the log were read for it."""
        total = 0
        while not stopping() and (behind := self._behind(models, slot)):
            with collector_paused(), self._database.write() as connection:
                taken = self.advance(connection, behind, slot)
            total += taken
            progress(taken)
        return total

    def advance(
        self, connection: Connection, models: Sequence[ReadModel], slot: Slot, until: Cursors | None = None
    ) -> int:
        """Fold one chunk, in the transaction under way, into those views that are as far as the first of them.

        `until` holds the last position to fold of each partition; without it, all there is.
        """
        cursors = self.lock(connection, models, slot)
        if models[0].name not in cursors:
            return 0  # another process put this copy in place, or dropped it
        together = [model for model in models if cursors.get(model.name) == cursors.get(models[0].name)]
        rows = self._log.statements.chunk(driver(connection), cursors[models[0].name], CHUNK)
        if until is not None:
            rows = [row for row in rows if row[1] <= until[row[0]]]
        if rows:
            pieces = by_customer(rows)
            for model in together:
                self.fold(connection, model, slot, pieces)
            reached = {partition: position for partition, position, *_ in rows}
            self._move(connection, [view(model, slot).name for model in together], reached)
        return len(rows)

    def fold(self, connection: Connection, model: ReadModel, slot: Slot, pieces: Mapping[UUID, Piece]) -> None:
        """Fold customers' events into a view. A customer whose events it cannot take is parked; the others go on."""
        table = view(model, slot).name
        waiting = self.parking.customers(connection, table)
        due = {customer: piece for customer, piece in pieces.items() if customer not in waiting}
        rows = self._rows(connection, model, table, due)
        removed: list[Any] = []
        added: list[Row] = []
        failures: dict[UUID, Exception] = {}
        for customer, piece in due.items():
            try:
                change = model.fold(customer, rows.get(customer, ()), piece.events)
            except Exception as error:
                failures[customer] = error
            else:
                removed += change.removed
                added += change.added
        if removed:
            self._views.remove(driver(connection), model, table, removed)
        if added:
            self._views.add(driver(connection), model, table, added)
        self.parking.park(connection, table, failures, pieces)

    def _rows(
        self, connection: Connection, model: ReadModel, table: str, pieces: Mapping[UUID, Piece]
    ) -> dict[UUID, list[Row]]:
        needs = ((customer, model.since(piece.readable)) for customer, piece in pieces.items())
        since = {customer: moment for customer, moment in needs if moment is not None}
        owner = [column.name for column in model.columns].index("uuid")
        rows: dict[UUID, list[Row]] = {}
        if since:
            for row in self._views.load(driver(connection), model, table, since):
                rows.setdefault(row[owner], []).append(row)
        return rows

    def _behind(self, models: Sequence[ReadModel], slot: Slot) -> list[ReadModel]:
        # Asked without a lock: a view that is current costs its readers no write transaction.
        with self._database.read() as connection:
            cursors = _read(connection, models, slot, lock=False)
            heads = self._log.statements.heads(driver(connection))
        return [
            model
            for model in models
            if model.name in cursors
            and any(heads[partition] > position for partition, position in cursors[model.name].items())
        ]

    def lock(self, connection: Connection, models: Sequence[ReadModel], slot: Slot) -> dict[str, Cursors]:
        """The cursors of views, which no other process moves before the transaction ends."""
        return _read(connection, models, slot, lock=True)

    def _move(self, connection: Connection, tables: Sequence[str], reached: Cursors) -> None:
        moved = (
            checkpoints.update()
            .where(checkpoints.c.projection == sa.bindparam("table"), checkpoints.c.partition == sa.bindparam("at"))
            .values(position=sa.bindparam("reached"))
        )
        moves = [{"table": table, "at": at, "reached": to} for table in tables for at, to in reached.items()]
        connection.execute(moved, moves)


def _read(connection: Connection, models: Sequence[ReadModel], slot: Slot, *, lock: bool) -> dict[str, Cursors]:
    names = {view(model, slot).name: model.name for model in models}
    query = (
        sa.select(checkpoints)
        .where(checkpoints.c.projection.in_(names))
        .order_by(checkpoints.c.projection, checkpoints.c.partition)
    )
    cursors: dict[str, Cursors] = {}
    for row in connection.execute(query.with_for_update() if lock else query):
        cursors.setdefault(names[row.projection], {})[row.partition] = row.position
    return cursors
