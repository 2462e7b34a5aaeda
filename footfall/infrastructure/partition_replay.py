"""The replay of one partition: every customer folded once, from nothing, by the folds of the live views."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import islice
from uuid import UUID

from sqlalchemy.engine import Connection

from ..application.collector import collector_paused
from ..application.long_work import Progress
from ..projections.read_model import ReadModel, Row
from . import checkpoint_rows, stream_order
from .conversions import unpacked
from .database import Database, driver
from .event_log import EventLog
from .pieces import Piece, by_customer, fold
from .projector import Projector
from .view_tables import Slot, view

PIECE = 8_000
"""So many events are folded at once; the rows of a customer who has more are kept between."""

_Transaction = Callable[[], AbstractContextManager[Connection]]


class PartitionReplay:
    """Fills copies of views that nobody else writes to."""

    def __init__(self, event_log: EventLog, projector: Projector, models: Sequence[ReadModel], slot: Slot) -> None:
        self._log, self._projector, self._slot = event_log, projector, slot
        self._models = models
        self._database: Database = event_log.database
        self._topics = frozenset().union(*(model.topics for model in models))

    def fill(self, partition: int, progress: Progress) -> None:
        """Fold a partition up to its head, unless it is begun or another process is at it."""
        if not self._database.is_postgres:
            # Writers must not wait for the whole of it. A copy that is left half full is dropped by the next replay.
            self._fill(partition, self._database.write, progress)
            return
        with self._database.write() as connection:
            cursors = checkpoint_rows.lock(connection, self._models, self._slot, partition, skip_locked=True)
            if all(cursors.get(model.name) == {partition: 0} for model in self._models):
                self._fill(partition, lambda: nullcontext(connection), progress)

    def _fill(self, partition: int, transaction: _Transaction, progress: Progress) -> None:
        # Whatever stands there by now is committed: within a partition the order of commits is that of positions.
        with self._database.read() as connection:
            head = self._log.statements.heads(driver(connection))[partition]
        views = [_Filling(self._projector, model, self._slot) for model in self._models]
        last: bytes | None = None
        seen = 0
        with closing(stream_order.read(self._database, partition, head, self._topics)) as stream:
            while rows := list(islice(stream, PIECE)):
                with collector_paused(), transaction() as connection:
                    pieces = by_customer(row[:5] for row in rows)
                    for one in views:
                        one.add(connection, pieces, unpacked(rows[-1][2]))
                versions = {row[2]: row[5] for row in rows}
                progress(sum(versions.values()) - (seen if last == rows[0][2] else 0))
                last, seen = rows[-1][2], rows[-1][5]
        with transaction() as connection:
            for one in views:
                one.finish(connection)
            checkpoint_rows.move(connection, self._models, self._slot, {partition: head})


class _Filling:
    """A copy of a view that is being filled, and its rows of the customer whose events may go on."""

    def __init__(self, projector: Projector, model: ReadModel, slot: Slot) -> None:
        self._projector, self._model = projector, model
        self._table = view(model, slot).name
        names = [column.name for column in model.columns]
        self._owner = names.index("uuid")
        self._key = None if model.key is None else names.index(model.key)
        self._reach = None if model.reach is None else names.index(model.reach)
        self._held: list[Row] = []
        self._parked: set[UUID] = set()

    def add(self, connection: Connection, pieces: Mapping[UUID, Piece], last: UUID) -> None:
        """Fold pieces; what becomes of the last customer is written when all its events are folded."""
        due = {customer: piece for customer, piece in pieces.items() if customer not in self._parked}
        folded = fold(self._model, self._known(due), due)
        removed = set(folded.removed)
        rows = [row for row in self._held if row[self._key or 0] not in removed] + folded.added
        self._held = list(self._taken_from(rows, last))
        self._write(connection, rows)
        self._projector.parking.park(connection, self._table, folded.failures, pieces)
        self._parked = {last}.intersection(self._parked.union(folded.failures))

    def finish(self, connection: Connection) -> None:
        """Write what is held."""
        self._write(connection, self._held)

    def _known(self, due: Mapping[UUID, Piece]) -> dict[UUID, list[Row]]:
        if not self._held or self._reach is None or (owner := self._held[0][self._owner]) not in due:
            return {}
        since, reach = self._model.since(due[owner].readable), self._reach
        return {owner: [row for row in self._held if since is not None and row[reach] >= since]}

    def _taken_from(self, rows: list[Row], last: UUID) -> Iterator[Row]:
        # Folds give rows customer by customer, so that those of the last are at the end.
        while self._reach is not None and rows and rows[-1][self._owner] == last:
            yield rows.pop()

    def _write(self, connection: Connection, rows: Sequence[Row]) -> None:
        if rows:
            self._projector.views.add(driver(connection), self._model, self._table, rows)
