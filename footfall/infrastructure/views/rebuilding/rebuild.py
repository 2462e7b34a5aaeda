"""A rebuild: views filled anew beside those that are read, and put in their place."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from ....application.ports.errors import StoreBusy
from ....application.running.progress import Progress
from ....domain.errors import InvalidArgument
from ....projections.read_model import ReadModel
from ...background.worker_processes import check_workers
from ...log.event_log import EventLog
from ...log.tables import checkpoints
from ..projecting.projector import Projector
from ..tables import Slot, build_indexes, create, drop, promote
from .partition_fill import PartitionFill


class Rebuild:
    """Makes views, and makes them anew."""

    def __init__(self, event_log: EventLog, projector: Projector) -> None:
        self._log, self._database, self._projector = event_log, event_log.database, projector
        self._copies = PartitionFill(event_log, projector.parking)

    def ensure(self, models: Sequence[ReadModel]) -> None:
        """Create the views that are not there yet, and anew those whose columns are others by now: empty, so that they
        are folded from the first event on. Raises `InvalidArgument` for the name of a table that is no view."""
        with self._database.read() as connection:
            if all(_columns_there(connection, model) == list(model.column_indexes) for model in models):
                return
        with self._database.write() as connection:
            self._database.dialect.wait_for_locks(connection)
            self._database.dialect.lock_schema(connection)
            for model in models:
                there = _columns_there(connection, model)
                if there == list(model.column_indexes):
                    continue
                if there is not None:
                    _check_is_view(connection, model)
                    drop(connection, model, Slot.LIVE)
                create(connection, model, Slot.LIVE, self._log.partitions)
                build_indexes(connection, model, Slot.LIVE)

    def rebuild(self, models: Sequence[ReadModel], progress: Progress, workers: int = 1) -> None:
        """Fill new copies from the first event on, in one pass over the log, and put them in place together. It may be
        killed and started again, and processes that do it at once take turns; readers have the old rows until they have
        the new ones. Raises `InvalidArgument` for a number of workers that the store cannot use."""
        check_workers(workers, self._log)
        # A reader's long query holds the old table: the swap gives way at once and tries again.
        swapping = Retrying(
            retry=retry_if_exception_type(StoreBusy), stop=stop_after_attempt(200), wait=wait_fixed(0.1), reraise=True
        )
        with self._database.alone("rebuild"):
            self._copies.fill(models, Slot.NEXT, progress, workers)
            for taken in self._projector.steps(models, Slot.NEXT):
                progress(taken)
            swapping(self._swap, models)

    def _swap(self, models: Sequence[ReadModel]) -> None:
        with self._database.write() as connection:
            self._database.dialect.give_way(connection)
            self._database.dialect.lock_schema(connection)
            self._projector.lock(connection, models, Slot.LIVE)
            for model in models:
                self._projector.finish(connection, model, Slot.NEXT)
                promote(connection, model)


def _columns_there(connection: Connection, model: ReadModel) -> list[str] | None:
    inspector = sa.inspect(connection)
    if not inspector.has_table(model.name):
        return None
    return [column["name"] for column in inspector.get_columns(model.name)]


def _check_is_view(connection: Connection, model: ReadModel) -> None:
    known = sa.select(checkpoints.c.partition).where(checkpoints.c.projection == model.name).limit(1)
    if connection.execute(known).first() is None:
        raise InvalidArgument(f"there is a table {model.name} that is no view: give the read model another name")
