"""The one place where adapters are built and put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, NamedTuple

from ..application.ingest.ingest import Ingest
from ..application.ingest.kept_rejections import KeptRejections
from ..application.ingest.state_cache import PACKED_BYTES, StateCache, Unremembered
from ..application.ports.following import Wakeup
from ..application.ports.vocabulary import Clock, NewId, RejectionBounds
from ..application.reading.stream_reads import StreamReads
from ..application.running.counters import Counters
from ..application.running.injected import checked_ids, checked_now
from ..application.running.interruptions import held_back
from ..application.running.progress import Stopping
from ..application.running.tracing import Tracer, Untraced, tracing_by
from ..application.settings.callers import Callers
from ..application.settings.definitions import Definitions
from ..application.settings.known_settings import KnownSettings
from ..application.settings.session_timeout import SessionTimeout
from ..application.sweep import Sweep
from ..domain.moments import SECOND
from ..projections import READ_MODELS
from ..projections.read_model import ReadModel, check_models
from .background.job_records import JobRecords
from .background.scheduler import Job, Scheduler
from .background.worker_processes import check_workers, paying_workers
from .database.beside import beside_the_log
from .database.connections import TimeOuts
from .database.database import Database
from .database.hosts.lending import Lender
from .log.event_log import EventLog
from .log.tables import TABLES
from .log.wakeups import wakeup
from .schema.prepare import StoreSettings, prepare
from .settings import Settings
from .status import StatusBoard
from .views.projecting.projector import Projector
from .views.views import Views


class Parts(NamedTuple):
    """An engine's parts, put together; `wakeup` makes one for each subscription, `within` some of them on a connection
    that the host lends."""

    database: Database
    views_database: Database
    log: EventLog
    definitions: Definitions
    session_timeout: SessionTimeout
    callers: Callers
    ingest: Ingest
    rejections: KeptRejections
    sweep: Sweep
    streams: StreamReads
    views: Views
    status: StatusBoard
    scheduler: Scheduler
    counters: Counters
    wakeup: Callable[[], Wakeup]
    within: Callable[[Any], AbstractContextManager[tuple[Ingest, StreamReads]]]
    clock: Clock

    def check_workers(self, workers: int, *, importing: bool) -> None:
        """Raises `InvalidArgument` for a number of processes that the store cannot use."""
        check_workers(workers, self.log, importing=importing)

    def paying_workers(self, *, importing: bool) -> int:
        """How many processes at once pay on the store."""
        return paying_workers(self.log, importing=importing)

    def one_writer(self) -> bool:
        """Whether one process at a time can write to the store."""
        return self.database.dialect.one_writer

    def close(self) -> None:
        """Close the database connections, and let go of what was held for the views."""
        self.views_database.close()
        self.database.close()
        self.log.hand_over.forget()


def assemble(
    settings: Settings,
    clock: Clock,
    new_id: NewId,
    read_models: Sequence[ReadModel] = (),
    tracer: Tracer | None = None,
) -> Parts:
    """Open the database, bring its schema up to date if it may, and build what an engine consists of."""
    models = check_models((*READ_MODELS, *read_models), TABLES)
    new_id = checked_ids(new_id)
    log, store = open_log(settings, checked_now(clock))
    database = log.database
    try:
        known = KnownSettings(log)
        known.refresh()
        definitions, session_timeout = Definitions(known, clock), SessionTimeout(known, clock)
        session_timeout.set_initial(store.session_timeout)
        counters, tracing = Counters(clock), tracing_by(tracer, database.url.get_backend_name())
        # SQLite keeps pages of its files in this process as well.
        packed = PACKED_BYTES * 4 // 5 if database.dialect.one_writer else PACKED_BYTES
        states = StateCache(log, packed=packed)
        sweep = Sweep(log, states, os.getpid, counters, tracing)
        seen = log.read_by(beside_the_log(database))
        projector = Projector(seen, clock, models, os.getpid, counters, tracing)
        views = Views(seen, projector, models, tracing)
        views.ensure(migrate=settings.migrate)
        rejections = KeptRejections(log, clock)
        return Parts(
            database,
            seen.database,
            log,
            definitions,
            session_timeout,
            Callers(known, clock),
            Ingest(log, states, known, clock, new_id, counters, tracing),
            rejections,
            sweep,
            StreamReads(log, definitions, clock, tracing),
            views,
            StatusBoard(log, seen.database, known, clock, models),
            _scheduler(database, sweep, rejections, views, clock),
            counters,
            partial(wakeup, database),
            partial(_within, log, Lender(database), known, clock, new_id, tracing),
            clock,
        )
    except BaseException:
        database.close()
        raise


@contextmanager
def _within(
    log: EventLog,
    lender: Lender,
    known: KnownSettings,
    clock: Clock,
    new_id: NewId,
    tracing: Untraced,
    connection: Any,
) -> Iterator[tuple[Ingest, StreamReads]]:
    with lender.lend(connection) as database:
        inside = log.within(database)
        settings = known.within(inside)
        streams = StreamReads(inside, Definitions(settings, clock), clock, tracing, within=True)
        yield Ingest(inside, Unremembered(), settings, clock, new_id, tracing=tracing, within=True), streams
        known.learn(settings)  # definitions are none of the host's, so that what it sees of them is committed


def open_log(settings: Settings, now: int) -> tuple[EventLog, StoreSettings]:
    """Open the database and bring its schema up to date if it may; the log, and what was said when the store was
    created."""
    with held_back():  # SQLAlchemy imports what belongs to the driver
        database = Database(settings.database, settings.in_schema, _time_outs(settings), settings.listen_url)
    try:
        timeout = round(settings.session_timeout.total_seconds() * SECOND)
        partitions = 1 if database.dialect.one_writer else settings.partitions
        wanted = StoreSettings(partitions, timeout)
        store = prepare(database, wanted, now, create=settings.create, migrate=settings.migrate)
        age = round(settings.rejections_age.total_seconds() * SECOND)
        return EventLog(database, store.partitions, RejectionBounds(settings.rejections_kept, age)), store
    except BaseException:
        database.close()
        raise


def _time_outs(settings: Settings) -> TimeOuts:
    lock, statement = settings.lock_timeout, settings.statement_timeout
    return TimeOuts(None if lock is None else lock.total_seconds(), statement.total_seconds())


def _scheduler(database: Database, sweep: Sweep, rejections: KeptRejections, views: Views, clock: Clock) -> Scheduler:
    def tidy(stopping: Stopping) -> None:
        sweep.sweep_all(clock, stopping)
        rejections.hold_bounds(stopping)

    work: dict[str, Callable[[Stopping], object]] = {
        "sweep": tidy,
        # What another process is folding is its work, and if that one stands still there may be other work to do.
        "catch_up": lambda stopping: views.catch_up(stopping=stopping, wait=False),
    }
    return Scheduler([Job(name, run, JobRecords(database, name, clock)) for name, run in work.items()])
