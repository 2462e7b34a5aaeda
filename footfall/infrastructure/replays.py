"""Replays: a view rebuilt beside the one that is read, a view compared with a fold of the log, parked customers
taken up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from ..application.long_work import Progress
from ..application.operation_answers import Difference, ViewComparison
from ..application.ports import StoreBusy
from ..projections.read_model import ReadModel
from .cursors import Cursors
from .database import Database
from .event_log import EventLog
from .parking import ParkedCustomer
from .pieces import by_customer
from .projector import Projector
from .refill import Refill
from .tables import in_stream_of, log
from .view_tables import Slot, build_indexes, create, drop, promote, view
from .worker_processes import check_workers

SHOWN_DIFFERENCES = 20


class Replays:
    """Replays of the log into views."""

    def __init__(self, event_log: EventLog, projector: Projector) -> None:
        self._log, self._projector = event_log, projector
        self._database: Database = event_log.database
        self._refill = Refill(event_log, projector.parking)

    def ensure(self, models: Sequence[ReadModel]) -> None:
        """Create the views that are not there yet, empty."""
        with self._database.read() as connection:
            if _there(connection).issuperset(model.name for model in models):
                return
        with self._database.write() as connection:
            self._database.wait_for_locks(connection)
            self._database.lock_schema(connection)
            there = _there(connection)
            for model in models:
                if model.name not in there:
                    create(connection, model, Slot.LIVE, self._log.partitions)
                    build_indexes(connection, model, Slot.LIVE)

    def rebuild(self, models: Sequence[ReadModel], progress: Progress, workers: int = 1) -> None:
        """Fill new copies from the first event on, in one pass over the log, and put them in place together. It may be
        killed and started again, and processes that do it at once take turns; readers have the old rows until they have
        the new ones. Raises `InvalidArgument` where the store cannot use so many workers."""
        check_workers(workers, self._log)
        # A reader's long query holds the old table: the swap gives way at once and tries again.
        swapping = Retrying(
            retry=retry_if_exception_type(StoreBusy), stop=stop_after_attempt(200), wait=wait_fixed(0.1), reraise=True
        )
        with self._database.alone("rebuild"):
            self._refill.fill(models, Slot.NEXT, progress, workers)
            self._projector.catch_up(models, Slot.NEXT, progress)
            swapping(self._swap, models)

    def compare(self, models: Sequence[ReadModel], progress: Progress) -> list[ViewComparison]:
        """Fold the log anew, in one pass, and compare row by row; processes that do it at once take turns."""
        with self._database.alone("verify"):
            self._refill.fill(models, Slot.CHECK, progress)
            return [self._compare(model) for model in models]

    def _compare(self, model: ReadModel) -> ViewComparison:
        with self._database.write() as connection:
            self._database.wait_for_locks(connection)
            self._database.take_time(connection)
            self._finish(connection, model, Slot.LIVE)
            # Writers go on meanwhile: the fold must end where the view stands.
            reached = self._projector.lock(connection, [model], Slot.LIVE)[model.name]
            self._finish(connection, model, Slot.CHECK, reached)
            comparison = _compare(connection, model)
            drop(connection, model, Slot.CHECK)
        return comparison

    def redrive(self, models: Sequence[ReadModel]) -> list[tuple[ParkedCustomer, bool]]:
        """Take parked customers up again where they stopped; tells for each whether it is healed."""
        with self._database.read() as connection:
            waiting = self._projector.parking.all(connection)
        by_name = {model.name: model for model in models}
        return [(one, self._take_up(by_name[one.projection], one)) for one in waiting if one.projection in by_name]

    def _swap(self, models: Sequence[ReadModel]) -> None:
        with self._database.write() as connection:
            if self._database.is_postgres:
                connection.execute(sa.text("SET LOCAL lock_timeout = '250ms'"))
            self._database.lock_schema(connection)
            self._projector.lock(connection, models, Slot.LIVE)
            for model in models:
                self._finish(connection, model, Slot.NEXT)
                promote(connection, model)

    def _finish(self, connection: Connection, model: ReadModel, slot: Slot, until: Cursors | None = None) -> None:
        while self._projector.advance(connection, [model], slot, until):
            pass

    def _take_up(self, model: ReadModel, one: ParkedCustomer) -> bool:
        with self._database.write() as connection:
            cursor = self._projector.lock(connection, [model], Slot.LIVE)[model.name][one.partition]
            self._projector.parking.release(connection, one)
            columns = (log.c.partition, log.c.position, log.c.customer, log.c.topic, log.c.state)
            query = sa.select(*columns).where(
                log.c.partition == one.partition,
                in_stream_of(one.customer),
                log.c.position.between(one.position, cursor),
            )
            rows = connection.execute(query.order_by(log.c.version))
            packed = ((*place, customer.bytes, topic, state) for *place, customer, topic, state in rows)
            self._projector.fold(connection, model, Slot.LIVE, by_customer(packed, [model]))
            return one.customer not in self._projector.parking.customers(connection, one.projection)


def _there(connection: Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


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
