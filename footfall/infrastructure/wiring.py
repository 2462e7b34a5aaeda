"""The one place where adapters are built and put together."""

from __future__ import annotations

from typing import NamedTuple

from ..application.definitions import Definitions
from ..application.ingest import Ingest
from ..application.ports import Clock, NewId, Views
from ..application.query import StreamQueries
from ..domain.moments import SECOND
from . import schema
from .database import Database
from .event_log import EventLog
from .settings import Settings
from .views import DatabaseViews


class Parts(NamedTuple):
    """An engine's parts, put together."""

    database: Database
    log: EventLog
    definitions: Definitions
    ingest: Ingest
    streams: StreamQueries
    views: Views


def assemble(settings: Settings, clock: Clock, new_id: NewId) -> Parts:
    """Open the database, bring its schema up to date, and build what an engine consists of."""
    database = Database(settings.database)
    try:
        timeout = round(settings.session_timeout.total_seconds() * SECOND)
        wanted = schema.StoreSettings(settings.partitions if database.is_postgres else 1, timeout)
        store = schema.prepare(database, wanted, clock())
        log = EventLog(database, store.partitions)
        definitions = Definitions(log, clock)
        return Parts(
            database,
            log,
            definitions,
            Ingest(log, definitions, clock, new_id, store.session_timeout),
            StreamQueries(log, definitions, clock, store.session_timeout),
            DatabaseViews(log, store.session_timeout, clock),
        )
    except BaseException:
        database.close()
        raise
