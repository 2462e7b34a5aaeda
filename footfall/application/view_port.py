"""What the use cases need of the views; the adapter is in `footfall.infrastructure.views`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from .answers import PageRow, PageVisit, ProfileRow, Stats
from .long_work import Progress, Stopping, never, silent
from .operation_answers import ParkedRow, Verification
from .session_answers import Selection, SessionRow, SessionSummary


class Views(Protocol):
    """The views of the log. Where `fresh` is left open, the adapter decides whether a read first catches up."""

    def catch_up(self, progress: Progress = silent, stopping: Stopping = never, *, wait: bool = True) -> int:
        """Bring every view to the head of the log, or on until `stopping`; returns how many rows were folded.

        What other processes are folding is waited for, or with `wait` off left to them.
        """

    def rebuild(self, view: str | None, progress: Progress = silent, workers: int = 1) -> list[str]:
        """Fill a view (or all) anew from the log and put it in place; returns the names."""

    def verify(self, progress: Progress = silent) -> Verification:
        """Compare every view with a fold of the log."""

    def redrive(self) -> list[tuple[ParkedRow, bool]]:
        """Take parked customers up again; tells for each whether it is healed."""

    def page_visits(self, customer: UUID, limit: int | None, fresh: bool | None) -> list[PageVisit]:
        """A customer's page visits, the newest first."""

    def sessions(self, which: Selection, limit: int | None, fresh: bool | None) -> list[SessionRow]:
        """Sessions, the newest first."""

    def session(self, session_id: UUID, fresh: bool | None) -> SessionRow | None:
        """The session that was once announced under this id, as it now is; None if there never was one."""

    def session_summary(self, which: Selection, fresh: bool | None) -> SessionSummary:
        """Figures over sessions."""

    def pages(self, limit: int | None, fresh: bool | None) -> list[PageRow]:
        """The pages visited most."""

    def profiles(self, attributes: Mapping[str, Any], limit: int | None, fresh: bool | None) -> list[ProfileRow]:
        """Customers with these attributes, the last seen first."""

    def stats(self, fresh: bool | None) -> Stats:
        """Counts over the whole store."""
