"""The copies that a rebuild makes of views, filled from the log partition by partition, by one process or several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, as_completed
from contextlib import AbstractContextManager, closing, nullcontext
from functools import cache

from sqlalchemy.engine import Connection

from ....application.running.progress import Progress
from ....application.running.retries import gc_paused
from ....projections.read_model import ReadModel, Tallies
from ...background.leashed_pools import LeashedPools
from ...background.worker_pool import WorkerBroken
from ...background.worker_processes import WorkerEnded
from ...database.connections import driver
from ...database.database import Database
from ...log.event_log import EventLog
from ...log.scans import in_stream_order
from ..dialects import view_statements
from ..dialects.statements import ViewStatements
from ..projecting import checkpoints
from ..projecting.parking import Parking
from ..projecting.projector import unneeded_topics
from ..tables import Slot, build_indexes, create, drop, view
from .stream_fold import StreamFold
from .sums import Sums

_Transaction = Callable[[], AbstractContextManager[Connection]]
_Share = Future[tuple[int, dict[str, Tallies]]]
"""A partition that a worker fills: how many rows of the log it held, and the tallies."""


class PartitionFill:
    """Fills new copies of views with a fold of the log. One process at a time may begin it."""

    def __init__(self, event_log: EventLog, parking: Parking) -> None:
        self._log, self._parking = event_log, parking
        self._database: Database = event_log.database
        self._views: ViewStatements = view_statements(event_log.database.dialect)

    def fill(self, models: Sequence[ReadModel], progress: Progress, workers: int = 1, *, fork: bool = False) -> None:
        """Make copies anew that hold all that the log held at some moment since. Raises `WorkerEnded`."""
        self._create_copies(models)
        sums = Sums(models)
        if workers == 1:
            for partition in range(self._log.partitions):
                sums.add(self.fill_partition(models, partition, progress))
        else:
            self._share(models, progress, workers, sums, fork=fork)
        with self._database.write() as connection:
            for model in models:
                table = view(model, Slot.NEXT).name
                self._views.note_tallies(driver(connection), table, sums.of(model), 1)
        for model in models:  # on SQLite writers wait for each, but not for all of them
            with self._database.write() as connection:
                self._database.dialect.take_time(connection)
                build_indexes(connection, model, Slot.NEXT)

    def _create_copies(self, models: Sequence[ReadModel]) -> None:
        with self._database.write() as connection:
            self._database.dialect.wait_for_locks(connection)
            self._database.dialect.lock_schema(connection)
            for model in models:
                drop(connection, model, Slot.NEXT)
                create(connection, model, Slot.NEXT, self._log.partitions)

    def _share(self, models: Sequence[ReadModel], progress: Progress, workers: int, sums: Sums, *, fork: bool) -> None:
        url = self._database.url.render_as_string(hide_password=False)
        task = (url, self._database.schema, self._log.partitions, self._parking.now(), tuple(models))
        try:
            with LeashedPools(1, workers - 1, fork=fork) as (pool,):
                shares = {pool.submit(_fill, *task, at) for at in range(self._log.partitions)}
                # This process, which need not start first, takes partitions from the last on. Where they
                # meet, one waits for the other: by then every partition is filled or under way.
                for partition in reversed(range(self._log.partitions)):
                    sums.add(self.fill_partition(models, partition, progress))
                    shares -= _taken_in({share for share in shares if share.done()}, progress, sums)
                _taken_in(shares, progress, sums)
        except WorkerBroken as error:
            raise WorkerEnded(f"{error}; the views are as they were: try again") from error

    def fill_partition(self, models: Sequence[ReadModel], partition: int, progress: Progress) -> dict[str, Tallies]:
        """Fill copies with what a partition holds now, unless somebody has done so; returns the tallies of that, by
        the name of the view."""
        if self._database.dialect.one_writer:
            # Chunk by chunk, so that other writers get their turn.
            return self._fill_partition(models, partition, progress, self._database.write)
        # All or nothing: a worker that lives on after its parent must not add to what the next one begins.
        with self._database.write() as connection:
            self._database.dialect.wait_for_locks(connection)
            self._database.dialect.take_time(connection)
            return self._fill_partition(models, partition, progress, lambda: nullcontext(connection))

    def _fill_partition(
        self, models: Sequence[ReadModel], partition: int, progress: Progress, transaction: _Transaction
    ) -> dict[str, Tallies]:
        with transaction() as connection:
            cursors = checkpoints.lock(connection, models, Slot.NEXT, partition)
            if [cursors.get(model.name) for model in models] != [{partition: 0}] * len(models):
                return {}
            head = self._log.statements.heads(driver(connection))[partition]
        streams, sums = StreamFold(models), Sums(models)
        # Closed here, whatever happens: left to the collector, it would complain of a connection that was lost.
        with closing(in_stream_order(self._database, partition, head, unneeded_topics(models))) as chunks:
            for rows in chunks:
                with gc_paused(), transaction() as connection:
                    streams.take(rows)
                    self._write(connection, streams, sums)
                progress(len(rows))
        with transaction() as connection:
            streams.finish()
            self._write(connection, streams, sums)
            checkpoints.move(connection, models, Slot.NEXT, {partition: head})
            self._views.note_source(driver(connection), head)
        return {model.name: sums.of(model) for model in models}

    def _write(self, connection: Connection, streams: StreamFold, sums: Sums) -> None:
        rows, failures = streams.drain()
        for model, added in rows:
            sums.add({model.name: model.tally(added)})
            self._views.add(driver(connection), model, view(model, Slot.NEXT).name, [added])
        for model, customer, own, error in failures:
            self._parking.park(connection, view(model, Slot.NEXT).name, {customer: error}, {customer: own})


def _taken_in(shares: set[_Share], progress: Progress, sums: Sums) -> set[_Share]:
    for share in as_completed(shares):
        rows, given = share.result()
        progress(rows)
        sums.add(given)
    return shares


# What follows runs in the workers.


@cache
def _opened(url: str, schema: str, partitions: int, now: int) -> PartitionFill:
    return PartitionFill(EventLog(Database(url, schema), partitions), Parking(lambda: now))


def _fill(
    url: str, schema: str, partitions: int, now: int, models: Sequence[ReadModel], partition: int
) -> tuple[int, dict[str, Tallies]]:
    taken: list[int] = []
    given = _opened(url, schema, partitions, now).fill_partition(models, partition, taken.append)
    return sum(taken), given
