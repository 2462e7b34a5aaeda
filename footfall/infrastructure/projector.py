"""The projector: reads the log from its cursors, folds, and commits rows and cursors in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Connection

from ..application.collector import collector_paused
from ..application.long_work import Progress, Stopping, never, silent
from ..application.ports import Clock
from ..application.retries import retried
from ..projections.read_model import ReadModel, Row
from . import checkpoint_rows
from .connections import driver
from .cursors import Behind, Cursors, find_behind, find_hindmost, find_together
from .database import Database
from .event_log import EventLog
from .parking import Parking
from .pieces import Piece, by_customer
from .view_dialects import statements_for
from .view_statements import ViewStatements
from .view_tables import Slot, view

CHUNK = 8_000
"""About so many events are folded in one transaction."""


class Projector:
    """Brings copies of views up to the head of the log. Processes share the partitions: each transaction takes some
    that no other one holds. `first_turn` should differ between processes: they begin at different partitions then."""

    def __init__(self, event_log: EventLog, clock: Clock, first_turn: int = 0) -> None:
        self._log = event_log
        self._database: Database = event_log.database
        self._views: ViewStatements = statements_for(self._database)
        self._turn = first_turn
        self.parking = Parking(clock)

    def catch_up(
        self,
        models: Sequence[ReadModel],
        slot: Slot = Slot.LIVE,
        progress: Progress = silent,
        stopping: Stopping = never,
        *,
        wait: bool = True,
    ) -> int:
        """Fold what the views have not seen yet; returns how many rows of the log were read for it.

        What is written meanwhile is left to the next time, so that it ends however fast others write. What other
        processes are folding is waited for, or with `wait` off left to them.
        """
        total, held = 0, False
        heads = retried(self._heads)
        while not stopping() and (behind := retried(self._behind, models, slot, heads)):
            taken, held = retried(self._take_chunk, behind, slot, held)
            total += taken
            progress(taken)
            if held and not wait:
                break
        return total

    def _take_chunk(self, behind: Behind, slot: Slot, wait: bool) -> tuple[int, bool]:
        # How many rows were read, and whether others hold all that there is to do.
        with collector_paused(), self._database.write() as connection:
            # It holds nothing while it waits, so that no two wait for each other.
            cursors = self._wait(connection, behind, slot) if wait else self._claim(connection, behind, slot)
            return self._fold_chunk(connection, behind.models, slot, cursors), not cursors

    def advance(
        self, connection: Connection, models: Sequence[ReadModel], slot: Slot, until: Cursors | None = None
    ) -> int:
        """Fold one chunk of all partitions, in the transaction under way; returns how many rows of the log were read.

        `until` holds the last position to fold of each partition; without it, all there is.
        """
        return self._fold_chunk(connection, models, slot, self.lock(connection, models, slot), until)

    def lock(self, connection: Connection, models: Sequence[ReadModel], slot: Slot) -> dict[str, Cursors]:
        """The cursors of views, which no other process moves before the transaction ends."""
        return checkpoint_rows.lock(connection, models, slot)

    def _heads(self) -> Mapping[int, int]:
        with self._database.read() as connection:
            return self._log.statements.heads(driver(connection))

    def _behind(self, models: Sequence[ReadModel], slot: Slot, heads: Mapping[int, int]) -> Behind | None:
        # Asked without a lock: a view that is current costs its readers no write transaction.
        with self._database.read() as connection:
            return find_behind(models, checkpoint_rows.read(connection, models, slot), heads)

    def _claim(self, connection: Connection, behind: Behind, slot: Slot) -> dict[str, Cursors]:
        # As many partitions as hold a chunk, so that there are others for other processes.
        most = max(1, self._log.partitions * CHUNK // behind.rows)
        self._turn += 1
        return checkpoint_rows.claim(connection, behind, slot, self._turn, most)

    def _wait(self, connection: Connection, behind: Behind, slot: Slot) -> dict[str, Cursors]:
        first, *_ = behind.partitions(self._turn)
        self._database.wait_for_locks(connection)
        return checkpoint_rows.lock(connection, behind.models, slot, first)

    def _fold_chunk(
        self,
        connection: Connection,
        models: Sequence[ReadModel],
        slot: Slot,
        cursors: Mapping[str, Cursors],
        until: Cursors | None = None,
    ) -> int:
        hindmost = find_hindmost(cursors)
        if not hindmost:
            return 0  # others hold all of them, or put this copy in place, or dropped it
        rows = self._log.statements.chunk(driver(connection), hindmost, CHUNK)
        if until is not None:
            rows = [row for row in rows if row[1] <= until[row[0]]]
        for after, together in find_together(models, cursors):
            unseen = [row for row in rows if row[1] > after.get(row[0], row[1])]
            if unseen:
                pieces = by_customer(unseen, together)
                for model in together:
                    self.fold(connection, model, slot, pieces)
                reached = {partition: position for partition, position, *_ in unseen}
                checkpoint_rows.move(connection, together, slot, reached)
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
        owner = model.place_of("uuid")
        rows: dict[UUID, list[Row]] = {}
        if since:
            for row in self._views.load(driver(connection), model, table, since):
                rows.setdefault(row[owner], []).append(row)
        return rows
