"""An append that makes one journey, where all that it needs to know is known."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import TracebackType
from uuid import UUID

from sqlalchemy.engine import Connection

from ...application.ports.errors import AppendConflict, CatalogueChanged
from ...application.ports.log import CATALOGUE_PARTITION
from ..database.connections import driver
from .dialects.statements import AtOnce, DeadlineRow, LogRow, RowsWritten, SnapshotRow
from .transaction import LogTransaction, Means, StreamsAppended

ROWS = 64
"""At most so many rows are sent at once; more are there sooner by a `COPY`, for which the transaction begins first."""
_LAST_POSITION = 2**63 - 1


class AppendAtOnce(LogTransaction):
    """Begins with what it writes, and ends with it; until then it goes by what the writer `supposed` of the heads.

    That a customer's stream has gone on meanwhile, or that a fact is stored, shows on leaving, as an `AppendConflict`:
    the log's indexes refuse what is written then. Of customers to whom nothing is written the heads must show it, so
    that it begins as any other does; also where anything is asked of it. Raises `CatalogueChanged` then or on leaving.
    """

    def __init__(
        self,
        means: Means,
        partitions: Sequence[int],
        customers: Collection[UUID],
        supposed: Mapping[int, int],
        at_once: AtOnce,
    ) -> None:
        super().__init__(means, partitions)
        self._customers, self._supposed, self._at_once = customers, supposed, at_once
        self._begun = False
        self._unsent: tuple[Sequence[LogRow], Sequence[DeadlineRow]] | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self._finish()
            except BaseException as failed:
                super().__exit__(type(failed), failed, failed.__traceback__)
                raise
        super().__exit__(kind, error, traceback)

    def _begin(self) -> None:
        self.heads, self.reached = self._supposed, _LAST_POSITION

    def _finish(self) -> None:
        if self._unsent is not None:
            self._send(*self._unsent)
            return
        self._begin_after_all()
        moved = {partition for partition in self._partitions if self.heads[partition] != self._supposed[partition]}
        if moved and any(self._streams.partition_of(customer) in moved for customer in self._not_written_to()):
            raise AppendConflict("others wrote to its partition, perhaps to a customer of whom something was supposed")

    def _not_written_to(self) -> set[UUID]:
        return set(self._customers).difference([stream.customer for stream in self._appended])

    @property
    def _connection(self) -> Connection:
        self._begin_after_all()
        return self._open

    def _begin_after_all(self) -> None:
        if not self._begun:
            self._begun, unsent = True, self._unsent
            super()._begin()
            if self.heads[CATALOGUE_PARTITION] != self._supposed[CATALOGUE_PARTITION]:
                raise CatalogueChanged
            if unsent is not None:
                self._unsent = None
                rows = super()._writing()
                rows.write(unsent[0])
                self.reached = rows.finish(unsent[1], ())

    def appending(self, customers: Collection[UUID]) -> StreamsAppended:
        """Begin to write to the streams of some customers, which ends on leaving. Raises `AppendConflict`."""
        if len(customers) < len(self._customers):
            self._begin_after_all()
        return super().appending(customers)

    def _writing(self) -> RowsWritten:
        return super()._writing() if self._begun else RowsAtOnce(self._keep, super()._writing)

    def _keep(self, rows: Sequence[LogRow], deadlines: Sequence[DeadlineRow]) -> int:
        self._unsent = rows, deadlines
        return self.reached

    def _send(self, rows: Sequence[LogRow], deadlines: Sequence[DeadlineRow]) -> None:
        catalogue = self._supposed[CATALOGUE_PARTITION]
        self.heads, self.reached = self._at_once.write(driver(self._open), self._partitions, catalogue, rows, deadlines)


class RowsAtOnce:
    """The `RowsWritten` of an append that has not begun: few are kept to be sent at once, if nothing but deadlines is
    written beside them; all others are written as those of any append are."""

    def __init__(self, keep: _Keep, begin: Callable[[], RowsWritten]) -> None:
        self._keep, self._begin = keep, begin
        self._few: list[LogRow] = []
        self._others: RowsWritten | None = None

    def write(self, rows: Sequence[LogRow]) -> None:
        """Write rows."""
        if self._others is None:
            self._few += rows
            if len(self._few) <= ROWS:
                return
            rows = self._few
            self._others = self._begin()
        self._others.write(rows)

    def give_up(self, error: BaseException) -> None:
        """After an error."""
        if self._others is not None:
            self._others.give_up(error)

    def finish(self, deadlines: Sequence[DeadlineRow], snapshots: Sequence[SnapshotRow]) -> int:
        """Write deadlines and snapshots; returns the position of the last row, if it is known by then."""
        if self._others is None:
            if not snapshots:
                return self._keep(self._few, deadlines)
            self._others = self._begin()
            self._others.write(self._few)
        return self._others.finish(deadlines, snapshots)


_Keep = Callable[[Sequence[LogRow], Sequence[DeadlineRow]], int]
