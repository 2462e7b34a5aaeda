"""The engine in memory: the ordinary one, put together on a log and views that end with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from threading import Event
from typing import Any, NamedTuple, NoReturn
from uuid import uuid4

from ..application.ingest.ingest import Ingest
from ..application.ingest.kept_rejections import KeptRejections
from ..application.ingest.state_cache import StateCache
from ..application.ports.vocabulary import Clock, NewId
from ..application.reading.metrics import PoolMetrics, StoreMetrics
from ..application.reading.operation_answers import RejectionStatus, SessionsDue, StoreStatus
from ..application.reading.stream_reads import StreamReads
from ..application.running.counters import Counters
from ..application.running.forks import at_fork, made_anew
from ..application.running.injected import checked_ids, checked_now
from ..application.running.tracing import Tracer, tracing_by
from ..application.settings.callers import Callers
from ..application.settings.definitions import Definitions
from ..application.settings.known_settings import KnownSettings
from ..application.settings.session_timeout import SessionTimeout
from ..application.sweep import Sweep
from ..domain import durations
from ..domain.durations import Duration
from ..domain.errors import FootfallError
from ..domain.moments import SECOND, to_datetime_if_any
from ..engine.arguments import OnRejection, on_rejection_of
from ..engine.engine import Engine
from ..projections import READ_MODELS
from ..projections.read_model import ReadModel
from .clock import ManualClock
from .contents import Contents
from .log import InMemoryLog
from .views import InMemoryViews, check_workers


class InMemoryEngine(Engine):
    """An engine that answers as one on SQLite does, and keeps everything in memory. `clock` is moved by the test."""

    def __init__(self, parts: InMemoryParts, clock: ManualClock, on_rejection: OnRejection) -> None:
        super().__init__(parts, on_rejection)
        self.clock = clock

    def __enter__(self) -> InMemoryEngine:
        return self


class InMemoryParts(NamedTuple):
    """An engine's parts, put together in memory."""

    log: InMemoryLog
    definitions: Definitions
    session_timeout: SessionTimeout
    callers: Callers
    ingest: Ingest
    rejections: KeptRejections
    sweep: Sweep
    streams: StreamReads
    views: InMemoryViews
    status: InMemoryStatus
    scheduler: NoScheduler
    counters: Counters
    wakeup: Callable[[], CommitWakeup]
    within: Callable[[Any], AbstractContextManager[tuple[Ingest, StreamReads]]]
    clock: Clock

    def check_workers(self, workers: int, *, importing: bool) -> None:  # an import is this process's as well
        """Raises `InvalidArgument` unless it is one."""
        check_workers(workers)

    def paying_workers(self, *, importing: bool) -> int:  # the same
        """One: what is in memory is one process's."""
        return 1

    def one_writer(self) -> bool:
        """This process."""
        return True

    def close(self) -> None:
        """Let nobody read or write any more."""
        self.log.close()


class InMemoryStatus:
    """How a store in memory fares."""

    def __init__(self, log: InMemoryLog, views: InMemoryViews, settings: KnownSettings, clock: Clock) -> None:
        self._log, self._views, self._settings, self._clock = log, views, settings, clock

    def read(self) -> StoreStatus:
        """The log's head, every projection, who is waiting, and every parked customer; there are no jobs."""
        timeout = self._settings.refresh().timeout
        contents = self._log.contents
        return StoreStatus(
            database="memory",
            connection="memory of this process",
            wakeups="notifications",
            partitions=self._log.partitions,
            session_timeout_seconds=timeout / SECOND,
            log_head=contents.position,
            projections=self._views.progress(),
            jobs=[],
            sessions_due=_sessions_due(list(contents.deadlines.values()), self._clock()),
            parked=self._views.parked(),
            rejected=len(contents.rejections),
            rejections=_rejections(contents),
        )

    def measured(self) -> StoreMetrics:
        """The same in figures."""
        contents = self._log.contents
        due = _sessions_due(list(contents.deadlines.values()), self._clock())
        return StoreMetrics(
            lag={one.projection: one.lag for one in self._views.progress()},
            sessions_due=due.customers,
            sessions_due_seconds=due.lag_seconds,
            parked=len(self._views.parked()),
            rejections_kept=len(contents.rejections),
        )

    def pool(self) -> PoolMetrics:
        """There are no connections."""
        return PoolMetrics(0, 0, 0)

    def ready(self) -> bool:
        """It is, until it is closed. Raises `EngineClosed`."""
        return self._log.contents is not None


class NoScheduler:
    """Stands where the background jobs would: the time of a test moves when the test says so."""

    def start(self, every_seconds: float) -> None:
        """Raises `FootfallError`."""
        raise FootfallError(
            "an engine in memory has no background jobs: move its clock and call sweep() where sessions are to end"
        )

    def stop(self) -> bool:
        """Nothing runs."""
        return True


def no_transaction(_connection: Any) -> NoReturn:
    """Raises `FootfallError`."""
    raise FootfallError("an engine in memory is in no database, so that no transaction of yours can hold its events")


class CommitWakeup:
    """Wakes a follower when something was committed since it last looked."""

    def __init__(self, log: InMemoryLog) -> None:
        self._log, self._seen, self._closed = log, log.commits, Event()
        at_fork(self._in_child)

    def _in_child(self) -> None:
        self._closed = made_anew(self._closed)

    def wait(self, seconds: float) -> None:
        """Return when something is committed, or after so many seconds."""
        if not self._closed.is_set():
            self._log.wait_for_commit(self._seen, seconds)
            self._seen = self._log.commits

    def close(self) -> None:
        """Return at once from now on."""
        self._closed.set()


def open(  # noqa: A001  # it is read as footfall.testing.open
    *,
    session_timeout: Duration = "30m",
    read_models: Sequence[ReadModel] = (),
    on_rejection: OnRejection = "return",
    clock: ManualClock | None = None,
    new_id: NewId = uuid4,
    tracer: Tracer | None = None,
) -> InMemoryEngine:
    """Return an engine on an empty store in memory, which no other engine sees and which ends with it.

    `session_timeout`, `read_models`, `on_rejection`, `new_id` and `tracer` are as for `footfall.open`. What only
    a database has, `start`, `within` and several workers, raises a `FootfallError`. Raises `InvalidArgument` for
    a `clock` or `new_id` that gives something else than it must.
    """
    wanted = on_rejection_of(on_rejection)
    moved = ManualClock() if clock is None else clock
    if not isinstance(moved, ManualClock):
        checked_now(moved)
    log = InMemoryLog()
    known = KnownSettings(log)
    known.refresh()
    definitions, timeout = Definitions(known, moved), SessionTimeout(known, moved)
    timeout.set_initial(durations.parse(session_timeout))
    counters, tracing = Counters(moved), tracing_by(tracer, "memory")
    states = StateCache(log)
    views = InMemoryViews(log, moved, (*READ_MODELS, *read_models), counters, tracing)
    parts = InMemoryParts(
        log,
        definitions,
        timeout,
        Callers(known, moved),
        Ingest(log, states, known, moved, checked_ids(new_id), counters, tracing),
        KeptRejections(log, moved),
        Sweep(log, states, int, counters, tracing),
        StreamReads(log, definitions, moved, tracing),
        views,
        InMemoryStatus(log, views, known, moved),
        NoScheduler(),
        counters,
        partial(CommitWakeup, log),
        no_transaction,
        moved,
    )
    return InMemoryEngine(parts, moved, wanted)


def _rejections(contents: Contents) -> RejectionStatus:
    oldest = min((one.received_at for one in contents.rejections.values()), default=None)
    return RejectionStatus(len(contents.rejections), contents.rejections_let_go, to_datetime_if_any(oldest))


def _sessions_due(deadlines: Sequence[int], now: int) -> SessionsDue:
    waiting = [moment for moment in deadlines if moment < now]
    oldest = min(waiting, default=None)
    return SessionsDue(len(waiting), to_datetime_if_any(oldest), 0.0 if oldest is None else (now - oldest) / SECOND)
