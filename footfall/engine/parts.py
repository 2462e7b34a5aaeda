"""What an engine is put together from. Use cases come as they are; the rest is on a database, or in memory."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NoReturn, Protocol, cast

from ..application.ingest.ingest import Ingest
from ..application.ingest.kept_rejections import KeptRejections
from ..application.ports.errors import EngineClosed
from ..application.ports.following import Wakeup
from ..application.ports.log import Log
from ..application.ports.vocabulary import Clock
from ..application.reading.metrics import PoolMetrics, StoreMetrics
from ..application.reading.operation_answers import ParkedRow, StoreStatus, Verification
from ..application.reading.stream_reads import StreamReads
from ..application.running.counters import Counters
from ..application.running.progress import Progress, Stopping, never, silent
from ..application.settings.callers import Callers
from ..application.settings.definitions import Definitions
from ..application.settings.session_timeout import SessionTimeout
from ..application.sweep import Sweep
from ..projections.read_model import Answer, Query, ReadModel


class Views(Protocol):
    """The views: asked, and kept up to date."""

    def model(self, name: str) -> ReadModel:
        """The read model of a view. Raises `UnknownView`."""

    def ask(self, query: Query[Answer], fresh: bool | None) -> Answer:
        """The answer to a question; `fresh`: whether they catch up with the log first, None: where that is usual."""

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log; returns how many rows of it were folded."""

    def rebuild(
        self, view: str | None, progress: Progress = silent, workers: int = 1, *, fork: bool = False
    ) -> list[str]:
        """Fill a view (or all) anew from the log; returns the names. Raises `UnknownView`."""

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""


class Status(Protocol):
    """How the store fares."""

    def read(self) -> StoreStatus:
        """The log's head, every projection, the background jobs and whom they wait for, and every parked customer."""

    def measured(self) -> StoreMetrics:
        """The same in figures, for whoever asks often."""

    def pool(self) -> PoolMetrics:
        """The connections of this process."""

    def ready(self) -> bool:
        """Whether the store answers at once, and has the schema of this program. Raises `EngineClosed`."""


class Scheduler(Protocol):
    """The background jobs."""

    def start(self, every_seconds: float) -> None:
        """Start them, `every_seconds` between two runs."""

    def stop(self) -> bool:
        """Stop them; tells whether they have stopped."""


class Parts(Protocol):
    """An engine's parts; `wakeup` makes one for each subscription, `within` some of them on a connection of the
    host's."""

    @property
    def log(self) -> Log: ...
    @property
    def definitions(self) -> Definitions: ...
    @property
    def session_timeout(self) -> SessionTimeout: ...
    @property
    def callers(self) -> Callers: ...
    @property
    def ingest(self) -> Ingest: ...
    @property
    def rejections(self) -> KeptRejections: ...
    @property
    def sweep(self) -> Sweep: ...
    @property
    def streams(self) -> StreamReads: ...
    @property
    def views(self) -> Views: ...
    @property
    def status(self) -> Status: ...
    @property
    def scheduler(self) -> Scheduler: ...
    @property
    def counters(self) -> Counters: ...
    @property
    def wakeup(self) -> Callable[[], Wakeup]: ...
    @property
    def within(self) -> Callable[[Any], AbstractContextManager[tuple[Ingest, StreamReads]]]: ...
    @property
    def clock(self) -> Clock: ...

    def check_workers(self, workers: int, *, importing: bool) -> None:
        """Raises `InvalidArgument` for a number of processes that the store cannot use."""

    def paying_workers(self, *, importing: bool) -> int:
        """How many processes at once pay on the store."""

    def one_writer(self) -> bool:
        """Whether one process at a time can write to the store."""

    def close(self) -> None:
        """Let go of the store."""


class _ClosedParts:
    def __getattr__(self, _name: str) -> NoReturn:
        raise EngineClosed("the engine is closed: open another one")


CLOSED = cast(Parts, _ClosedParts())
"""What is left of an engine that was closed: whatever is asked of it raises `EngineClosed`."""
