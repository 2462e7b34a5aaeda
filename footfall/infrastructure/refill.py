"""New copies of views, filled from the log partition by partition, by this process or by several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from multiprocessing import get_context

from sqlalchemy.engine import Connection

from ..application.collector import collector_paused
from ..application.long_work import Progress
from ..projections import READ_MODELS
from ..projections.read_model import ReadModel
from . import checkpoint_rows
from .connections import driver
from .database import Database
from .event_log import EventLog
from .parking import Parking
from .pieces import needless_topics
from .refold import Refold
from .stream_order import in_stream_order
from .view_dialects import statements_for
from .view_statements import ViewStatements
from .view_tables import Slot, build_indexes, create, drop, view
from .worker_processes import WorkerEnded, deaf_to_interrupts, end_with_parent

_Transaction = Callable[[], AbstractContextManager[Connection]]


class Refill:
    """Fills copies of views with a fold of the log. One process at a time may begin it."""

    def __init__(self, event_log: EventLog, parking: Parking) -> None:
        self._log, self._parking = event_log, parking
        self._database: Database = event_log.database
        self._views: ViewStatements = statements_for(event_log.database)

    def fill(self, models: Sequence[ReadModel], slot: Slot, progress: Progress, workers: int = 1) -> None:
        """Make copies anew that hold all that the log held at some moment since. Raises `WorkerEnded`."""
        self._begin(models, slot)
        if workers == 1:
            for partition in range(self._log.partitions):
                self.fill_partition(models, slot, partition, progress)
        else:
            self._share(models, slot, progress, workers)
        for model in models:  # on SQLite writers wait for each, but not for all of them
            with self._database.write() as connection:
                self._database.take_time(connection)
                build_indexes(connection, model, slot)

    def _begin(self, models: Sequence[ReadModel], slot: Slot) -> None:
        with self._database.write() as connection:
            self._database.wait_for_locks(connection)
            self._database.lock_schema(connection)
            for model in models:
                drop(connection, model, slot)
                create(connection, model, slot, self._log.partitions)

    def _share(self, models: Sequence[ReadModel], slot: Slot, progress: Progress, workers: int) -> None:
        url = self._database.url.render_as_string(hide_password=False)
        task = (url, self._database.schema, self._log.partitions, self._parking.now())
        names = [model.name for model in models]
        with ProcessPoolExecutor(workers - 1, get_context("spawn"), end_with_parent) as pool:
            try:
                with deaf_to_interrupts():
                    shares = {pool.submit(_fill, *task, names, slot, at) for at in range(self._log.partitions)}
                # This process, which need not start first, takes partitions from the last on. Where they
                # meet, one waits for the other: by then every partition is filled or under way.
                for partition in reversed(range(self._log.partitions)):
                    self.fill_partition(models, slot, partition, progress)
                    shares -= _told({share for share in shares if share.done()}, progress)
                _told(shares, progress)
            except BrokenProcessPool as error:
                raise WorkerEnded("a worker was killed or broke down; the views are as they were: try again") from error
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def fill_partition(self, models: Sequence[ReadModel], slot: Slot, partition: int, progress: Progress) -> None:
        """Fill copies with what a partition holds now, unless somebody has done so."""
        if self._database.is_postgres:
            # All or nothing: a worker that lives on after its parent must not add to what the next one begins.
            with self._database.write() as connection:
                self._database.wait_for_locks(connection)
                self._database.take_time(connection)
                self._fold(models, slot, partition, progress, lambda: nullcontext(connection))
        else:
            # Chunk by chunk, so that other writers get their turn.
            self._fold(models, slot, partition, progress, self._database.write)

    def _fold(
        self, models: Sequence[ReadModel], slot: Slot, partition: int, progress: Progress, transaction: _Transaction
    ) -> None:
        with transaction() as connection:
            cursors = checkpoint_rows.lock(connection, models, slot, partition)
            if [cursors.get(model.name) for model in models] != [{partition: 0}] * len(models):
                return
            head = self._log.statements.heads(driver(connection))[partition]
        refold = Refold(models, partition)
        for rows in in_stream_order(self._database, partition, head, needless_topics(models)):
            with collector_paused(), transaction() as connection:
                refold.take(rows)
                self._write(connection, slot, refold)
            progress(len(rows))
        with transaction() as connection:
            refold.finish()
            self._write(connection, slot, refold)
            checkpoint_rows.move(connection, models, slot, {partition: head})

    def _write(self, connection: Connection, slot: Slot, refold: Refold) -> None:
        rows, failures = refold.drain()
        for model, added in rows:
            self._views.add(driver(connection), model, view(model, slot).name, added)
        for model, customer, piece, error in failures:
            self._parking.park(connection, view(model, slot).name, {customer: error}, {customer: piece})


def _told(shares: set[Future[int]], progress: Progress) -> set[Future[int]]:
    for share in as_completed(shares):
        progress(share.result())
    return shares


# What follows runs in the workers.


@cache
def _refill(url: str, schema: str, partitions: int, now: int) -> Refill:
    return Refill(EventLog(Database(url, schema), partitions), Parking(lambda: now))


def _fill(url: str, schema: str, partitions: int, now: int, names: Sequence[str], slot: Slot, partition: int) -> int:
    taken: list[int] = []
    models = [model for model in READ_MODELS if model.name in names]
    _refill(url, schema, partitions, now).fill_partition(models, slot, partition, taken.append)
    return sum(taken)
