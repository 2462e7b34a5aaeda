"""The one place where adapters are built and put together."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ..application.definitions import Definitions
from ..application.ingest import Ingest
from ..application.ports import Bell, Clock, NewId
from ..application.query import StreamQueries
from ..application.sweep import Sweep
from ..application.view_port import Views
from ..domain.moments import SECOND
from . import schema
from .bells import bell
from .connections import TimeOuts
from .database import SCHEMA, Database
from .event_log import EventLog
from .job_records import JobRecords
from .scheduler import Job, Scheduler
from .settings import Settings
from .store_status import StatusBoard
from .views import DatabaseViews


class Parts(NamedTuple):
    """An engine's parts, put together; `bell` makes one for each subscription."""

    database: Database
    log: EventLog
    definitions: Definitions
    ingest: Ingest
    sweep: Sweep
    streams: StreamQueries
    views: Views
    status: StatusBoard
    scheduler: Scheduler
    bell: Callable[[], Bell]
    clock: Clock


def assemble(settings: Settings, clock: Clock, new_id: NewId, schema_name: str = SCHEMA) -> Parts:
    """Open the database, bring its schema up to date, and build what an engine consists of."""
    database = Database(settings.database, schema_name, _time_outs(settings))
    try:
        timeout = round(settings.session_timeout.total_seconds() * SECOND)
        wanted = schema.StoreSettings(settings.partitions if database.is_postgres else 1, timeout)
        store = schema.prepare(database, wanted, clock())
        log = EventLog(database, store.partitions)
        definitions = Definitions(log, clock)
        definitions.begin(store.session_timeout)
        sweep, views = Sweep(log, first_turn=os.getpid()), DatabaseViews(log, clock, first_turn=os.getpid())
        return Parts(
            database,
            log,
            definitions,
            Ingest(log, definitions, clock, new_id),
            sweep,
            StreamQueries(log, definitions, clock),
            views,
            StatusBoard(log, definitions, clock),
            _scheduler(database, sweep, views, clock),
            partial(bell, database),
            clock,
        )
    except BaseException:
        database.close()
        raise


def _time_outs(settings: Settings) -> TimeOuts:
    lock, statement = settings.lock_timeout, settings.statement_timeout
    return TimeOuts(None if lock is None else lock.total_seconds(), statement.total_seconds())


def _scheduler(database: Database, sweep: Sweep, views: Views, clock: Clock) -> Scheduler:
    work = {
        "sweep": lambda stopping: sweep.sweep_all(clock, stopping),
        # What another process is folding is its work, and if that one stands still there may be other work to do.
        "catch_up": lambda stopping: views.catch_up(stopping=stopping, wait=False),
    }
    return Scheduler([Job(name, run, JobRecords(database, name, clock)) for name, run in work.items()])
