"""Views compared, row by row, with a fold of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ....application.reading.operation_answers import Difference, ViewComparison
from ....application.running.progress import Progress
from ....projections.read_model import ReadModel
from ...log.event_log import EventLog
from ..projecting.projector import Projector
from ..tables import Slot, drop, view
from .partition_fill import PartitionFill

SHOWN_DIFFERENCES = 20


class Verify:
    """Folds the log anew, beside the views, and compares."""

    def __init__(self, event_log: EventLog, projector: Projector) -> None:
        self._database, self._projector = event_log.database, projector
        self._copies = PartitionFill(event_log, projector.parking)

    def compare(self, models: Sequence[ReadModel], progress: Progress) -> list[ViewComparison]:
        """Fold in one pass and compare view by view; processes that do it at once take turns."""
        with self._database.alone("verify"):
            self._copies.fill(models, Slot.CHECK, progress)
            return [self._compare(model) for model in models]

    def _compare(self, model: ReadModel) -> ViewComparison:
        with self._database.write() as connection:
            self._database.dialect.wait_for_locks(connection)
            self._database.dialect.take_time(connection)
            self._projector.finish(connection, model, Slot.LIVE)
            # Writers go on meanwhile: the fold must end where the view stands.
            reached = self._projector.lock(connection, [model], Slot.LIVE)[model.name]
            self._projector.finish(connection, model, Slot.CHECK, reached)
            comparison = _compare(connection, model)
            drop(connection, model, Slot.CHECK)
        return comparison


def _compare(connection: Connection, model: ReadModel) -> ViewComparison:
    live, folded = view(model, Slot.LIVE), view(model, Slot.CHECK)
    differences: list[Difference] = []
    differing = 0
    for side, one, other in (("unexpected", live, folded), ("missing", folded, live)):
        only = sa.except_(sa.select(one), sa.select(other)).subquery()
        differing += connection.scalar(sa.select(sa.func.count()).select_from(only)) or 0
        rows = connection.execute(sa.select(only).limit(SHOWN_DIFFERENCES)).mappings()
        differences += [Difference(model.name, side, _shown(row)) for row in rows]
    total = connection.scalar(sa.select(sa.func.count()).select_from(live)) or 0
    return ViewComparison(model.name, total, differing, differences)


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items()}
