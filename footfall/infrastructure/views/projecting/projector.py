"""The projector: reads the log from its cursors, folds, and commits rows and cursors in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Connection

from ....application.ports.vocabulary import Clock
from ....application.running.gc_pause import gc_paused
from ....application.running.progress import Progress, Stopping, never, silent
from ....application.running.retries import retried
from ....projections.read_model import ReadModel, Row
from ...database.connections import driver
from ...database.database import Database
from ...log.event_log import EventLog
from ..dialects import view_statements
from ..dialects.statements import ViewStatements
from ..tables import Slot, view
from . import checkpoints
from .cursors import Backlog, Cursors, find_backlog, find_hindmost, find_together
from .customer_events import CustomerEvents, by_customer
from .parking import Parking

CHUNK = 8_000
"""About this many events are folded in one transaction."""


class Projector:
    """Brings copies of views up to the head of the log. Processes share the partitions: each transaction takes some
    that no other one holds. `start_offset` should differ between processes: they begin at different partitions then."""

    def __init__(self, event_log: EventLog, clock: Clock, start_offset: int = 0) -> None:
        self._log = event_log
        self._database: Database = event_log.database
        self._views: ViewStatements = view_statements(self._database.dialect)
        self._start = start_offset
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
        while not stopping() and (backlog := retried(self._find_backlog, models, slot, heads)):
            taken, held = retried(self._take_chunk, backlog, slot, held)
            total += taken
            progress(taken)
            if held and not wait:
                break
        return total

    def _take_chunk(self, backlog: Backlog, slot: Slot, wait: bool) -> tuple[int, bool]:
        # How many rows were read, and whether others hold all that there is to do.
        with gc_paused(), self._database.write() as connection:
            # It holds nothing while it waits, so that no two wait for each other.
            cursors = self._wait(connection, backlog, slot) if wait else self._claim(connection, backlog, slot)
            return self._project_chunk(connection, backlog.models, slot, cursors), not cursors

    def finish(
        self, connection: Connection, model: ReadModel, slot: Slot, until: Mapping[int, int] | None = None
    ) -> None:
        """Fold all that a view has not seen, or up to the positions of `until`, in the transaction under way."""
        while self._project_chunk(connection, [model], slot, self.lock(connection, [model], slot), until):
            pass

    def lock(self, connection: Connection, models: Sequence[ReadModel], slot: Slot) -> dict[str, Cursors]:
        """The cursors of views, which no other process moves before the transaction ends."""
        return checkpoints.lock(connection, models, slot)

    def _heads(self) -> Mapping[int, int]:
        with self._database.read() as connection:
            return self._log.statements.heads(driver(connection))

    def _find_backlog(self, models: Sequence[ReadModel], slot: Slot, heads: Mapping[int, int]) -> Backlog | None:
        # Asked without a lock: a view that is current costs its readers no write transaction.
        with self._database.read() as connection:
            return find_backlog(models, checkpoints.read(connection, models, slot), heads)

    def _claim(self, connection: Connection, backlog: Backlog, slot: Slot) -> dict[str, Cursors]:
        # As many partitions as hold a chunk, so that there are others for other processes.
        most = max(1, self._log.partitions * CHUNK // backlog.rows)
        self._start += 1
        return checkpoints.claim(connection, backlog, slot, self._start, most)

    def _wait(self, connection: Connection, backlog: Backlog, slot: Slot) -> dict[str, Cursors]:
        first, *_ = backlog.partitions(self._start)
        self._database.dialect.wait_for_locks(connection)
        return checkpoints.lock(connection, backlog.models, slot, first)

    def _project_chunk(
        self,
        connection: Connection,
        models: Sequence[ReadModel],
        slot: Slot,
        cursors: Mapping[str, Cursors],
        until: Mapping[int, int] | None = None,
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
                events = by_customer(unseen, together)
                for model in together:
                    self.project(connection, model, slot, events)
                reached = {partition: position for partition, position, *_ in unseen}
                checkpoints.move(connection, together, slot, reached)
        return len(rows)

    def project(
        self, connection: Connection, model: ReadModel, slot: Slot, events: Mapping[UUID, CustomerEvents]
    ) -> None:
        """Fold customers' events into a view. A customer whose events it cannot take is parked; the others go on."""
        table = view(model, slot).name
        waiting = self.parking.customers(connection, table)
        taken = {customer: own for customer, own in events.items() if customer not in waiting}
        rows = self._rows(connection, model, table, taken)
        removed: list[Any] = []
        added: list[Row] = []
        failures: dict[UUID, Exception] = {}
        for customer, own in taken.items():
            try:
                change = model.fold(customer, rows.get(customer, ()), own.events)
            except Exception as error:
                failures[customer] = error
            else:
                removed += change.removed
                added += change.added
        if removed:
            self._views.remove(driver(connection), model, table, removed)
        if added:
            self._views.add(driver(connection), model, table, added)
        self.parking.park(connection, table, failures, events)

    def _rows(
        self, connection: Connection, model: ReadModel, table: str, events: Mapping[UUID, CustomerEvents]
    ) -> dict[UUID, list[Row]]:
        needs = ((customer, model.since(own.readable)) for customer, own in events.items())
        since = {customer: moment for customer, moment in needs if moment is not None}
        owner = model.column_index("uuid")
        rows: dict[UUID, list[Row]] = {}
        if since:
            for row in self._views.load(driver(connection), model, table, since):
                rows.setdefault(row[owner], []).append(row)
        return rows
