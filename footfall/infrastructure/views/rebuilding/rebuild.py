"""A rebuild: views filled anew beside those that are read, and put in their place."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from ....application.ports.errors import MigrationNeeded, StoreBusy
from ....application.running.loggers import VIEWS
from ....application.running.progress import Progress
from ....projections.read_model import ReadModel
from ...background.worker_processes import check_workers
from ...database.dialects.dialect import dialect_of
from ...log.event_log import EventLog
from ...schema import ownership
from .. import tallies
from ..projecting.projector import Projector
from ..tables import Slot, build_indexes, create, drop, give, promote, rights
from .partition_fill import PartitionFill


class Rebuild:
    """Makes views, and makes them anew."""

    def __init__(self, event_log: EventLog, projector: Projector) -> None:
        self._log, self._database, self._projector = event_log, event_log.database, projector
        self._copies = PartitionFill(event_log, projector.parking)

    def ensure(self, models: Sequence[ReadModel], *, migrate: bool = True) -> None:
        """Create the views that are not there yet, and anew those whose columns or tallies are others by now: empty, so
        that they are folded from the first event on. Raises `NameTaken`, and without `migrate` `MigrationNeeded`."""
        with self._database.read() as connection:
            lacking = [model.name for model in models if not _is_there(connection, model)]
        if lacking and not migrate:
            raise MigrationNeeded(
                f"{self._database.shown_url} lacks {', '.join(lacking)}: run `footfall migrate` first"
            )
        if lacking:
            self._create(models)

    def _create(self, models: Sequence[ReadModel]) -> None:
        with self._database.write() as connection:
            self._database.dialect.wait_for_locks(connection)
            self._database.dialect.lock_schema(connection)
            for model in models:
                if not _is_there(connection, model):
                    kept = rights(connection, model)
                    drop(connection, model, Slot.LIVE)
                    create(connection, model, Slot.LIVE, self._log.partitions)
                    build_indexes(connection, model, Slot.LIVE)
                    give(connection, model, kept)

    def rebuild(self, models: Sequence[ReadModel], progress: Progress, workers: int = 1, *, fork: bool = False) -> None:
        """Fill new copies from the first event on, in one pass over the log, and put them in place together. It may be
        killed and started again, and processes that do it at once take turns; readers have the old rows until they have
        the new ones. Raises `InvalidArgument` for a number of workers that the store cannot use."""
        check_workers(workers, self._log)
        # A reader's long query holds the old table: the swap gives way at once and tries again.
        swapping = Retrying(
            retry=retry_if_exception_type(StoreBusy), stop=stop_after_attempt(200), wait=wait_fixed(0.1), reraise=True
        )
        with self._database.alone("rebuild"):
            self._copies.fill(models, progress, workers, fork=fork)
            for taken in self._projector.steps(models, Slot.NEXT):
                progress(taken)
            swapping(self._swap, models)
            self._settle(models)
        VIEWS.info("rebuilt %s", ", ".join(model.name for model in models))

    def _settle(self, models: Sequence[ReadModel]) -> None:
        # What each partition gave is much for readers to add up; they may have it in the meantime.
        with self._database.write() as connection:
            self._database.dialect.take_time(connection)
            tallies.settle(connection, [model.name for model in models])

    def _swap(self, models: Sequence[ReadModel]) -> None:
        with self._database.write() as connection:
            self._database.dialect.give_way(connection)
            self._database.dialect.lock_schema(connection)
            self._projector.lock(connection, models, Slot.LIVE)
            for model in models:
                self._projector.finish(connection, model, Slot.NEXT)
                promote(connection, model)


def _is_there(connection: Connection, model: ReadModel) -> bool:
    naming, inspector = dialect_of(connection).naming, sa.inspect(connection)
    table = naming.table(model.name)
    if model.name not in ownership.owned(connection) or not inspector.has_table(table, naming.schema):
        return False
    columns = [column["name"] for column in inspector.get_columns(table, naming.schema)]
    return columns == list(model.column_indexes) and tallies.edition(connection, model.name) == model.tallied
