"""An append that makes one journey, where all that it needs to know is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType

from sqlalchemy.engine import Connection

from ...application.ports.errors import CatalogueChanged
from ...application.ports.log import CATALOGUE_PARTITION
from ..database.connections import driver
from .dialects.statements import AtOnce, DeadlineRow, LogRow, SnapshotRow
from .transaction import LogTransaction, Means

ROWS = 64
"""At most so many rows are sent at once; more are there sooner by a `COPY`, for which the transaction begins first."""
_LAST_POSITION = 2**63 - 1


class AppendAtOnce(LogTransaction):
    """Begins with what it writes, and ends with it; until then it goes by what the writer `supposed` of the heads.

    That a customer's stream has gone on meanwhile, or that a fact is stored, shows on leaving, as an `AppendConflict`.
    Where anything is asked of it, it begins as any other does. Raises `CatalogueChanged` then or on leaving.
    """

    def __init__(self, means: Means, partitions: Sequence[int], supposed: Mapping[int, int], at_once: AtOnce) -> None:
        super().__init__(means, partitions)
        self._supposed, self._at_once, self._begun = supposed, at_once, False
        self._unsent: tuple[Sequence[LogRow], Sequence[DeadlineRow]] | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None and self._unsent is not None:
            try:
                self._send(*self._unsent)
            except BaseException as failed:
                super().__exit__(type(failed), failed, failed.__traceback__)
                raise
        super().__exit__(kind, error, traceback)

    def _begin(self) -> None:
        self.heads, self.reached = self._supposed, _LAST_POSITION

    @property
    def _connection(self) -> Connection:
        if not self._begun:
            self._begun, unsent = True, self._unsent
            super()._begin()
            if self.heads[CATALOGUE_PARTITION] != self._supposed[CATALOGUE_PARTITION]:
                raise CatalogueChanged
            if unsent is not None:
                self._unsent = None
                super()._write(unsent[0], (), unsent[1])
        return self._open

    def _write(
        self, rows: Sequence[LogRow], snapshots: Sequence[SnapshotRow], deadlines: Sequence[DeadlineRow]
    ) -> None:
        if self._begun or snapshots or len(rows) > ROWS:
            super()._write(rows, snapshots, deadlines)
        else:
            self._unsent = rows, deadlines

    def _send(self, rows: Sequence[LogRow], deadlines: Sequence[DeadlineRow]) -> None:
        catalogue = self._supposed[CATALOGUE_PARTITION]
        self.heads, self.reached = self._at_once.write(driver(self._open), self._partitions, catalogue, rows, deadlines)
