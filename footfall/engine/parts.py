"""What an engine is put together from. Use cases come as they are; the rest is on a database, or in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from ..application.ingest.ingest import Ingest
from ..application.ports.following import Wakeup
from ..application.ports.log import Log
from ..application.ports.vocabulary import Clock
from ..application.reading.answers import Stats
from ..application.reading.operation_answers import ParkedRow, StoreStatus, Verification
from ..application.reading.stream_reads import StreamReads
from ..application.running.progress import Progress, Stopping, never, silent
from ..application.settings.definitions import Definitions
from ..application.settings.session_timeout import SessionTimeout
from ..application.sweep import Sweep
from ..projections.page_visits import PageRow, PageVisit
from ..projections.profiles import ProfileRow
from ..projections.sessions import SessionFilter, SessionRow, SessionSummary


class ViewReads(Protocol):
    """What is asked of the views; `fresh`: whether they catch up with the log first, None where that is up to them."""

    def page_visits(self, fresh: bool | None, customer: UUID, limit: int | None) -> list[PageVisit]:
        """A customer's page visits, the newest first."""

    def pages(self, fresh: bool | None, limit: int | None) -> list[PageRow]:
        """The pages visited most."""

    def sessions(self, fresh: bool | None, which: SessionFilter, now: int, limit: int | None) -> list[SessionRow]:
        """Sessions, the newest first."""

    def session(self, fresh: bool | None, session_id: UUID, now: int) -> SessionRow | None:
        """The session of this id, or the one that took it in."""

    def session_summary(self, fresh: bool | None, which: SessionFilter, now: int) -> SessionSummary:
        """Figures over sessions."""

    def profiles(self, fresh: bool | None, attributes: Mapping[str, Any], limit: int | None) -> list[ProfileRow]:
        """Customers, the last seen first; of those attributes, if any are given."""

    def stats(self, fresh: bool | None) -> Stats:
        """Counts over the whole store."""

    def rows(self, fresh: bool | None, view: str, customer: UUID | None, limit: int | None) -> list[dict[str, Any]]:
        """Rows of any view by column. Raises `UnknownView`."""


class Views(Protocol):
    """How the views are kept."""

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log; returns how many rows of it were folded."""

    def rebuild(self, view: str | None, progress: Progress = silent, workers: int = 1) -> list[str]:
        """Fill a view (or all) anew from the log; returns the names. Raises `UnknownView`."""

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""


class Status(Protocol):
    """How the store fares."""

    def read(self) -> StoreStatus:
        """The log's head, every projection, the background jobs and whom they wait for, and every parked customer."""


class Scheduler(Protocol):
    """The background jobs."""

    def start(self, every_seconds: float) -> None:
        """Start them, so many seconds between two runs."""

    def stop(self) -> bool:
        """Stop them; tells whether they have stopped."""


class Parts(Protocol):
    """An engine's parts; `wakeup` makes one for each subscription."""

    @property
    def log(self) -> Log: ...
    @property
    def definitions(self) -> Definitions: ...
    @property
    def session_timeout(self) -> SessionTimeout: ...
    @property
    def ingest(self) -> Ingest: ...
    @property
    def sweep(self) -> Sweep: ...
    @property
    def streams(self) -> StreamReads: ...
    @property
    def views(self) -> Views: ...
    @property
    def reads(self) -> ViewReads: ...
    @property
    def status(self) -> Status: ...
    @property
    def scheduler(self) -> Scheduler: ...
    @property
    def wakeup(self) -> Callable[[], Wakeup]: ...
    @property
    def clock(self) -> Clock: ...

    def check_workers(self, workers: int) -> None:
        """Raises `InvalidArgument` where so many processes would be of no use to the store."""

    def close(self) -> None:
        """Let go of the store."""
