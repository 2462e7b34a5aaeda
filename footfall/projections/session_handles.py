"""Session handles: for each session id that a late event did away with, where the session is that took it in.

Sessions only ever grow, so a moment that once lay in a session always will: the row never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..domain.events import CustomerEvent, SessionRevised
from .read_model import Change, Column, ColumnType, ReadModel, Row


class SessionHandles(ReadModel):
    """One row for each session id that was announced and then replaced by another."""

    name = "session_handles"
    fits = True
    topics = frozenset({SessionRevised.topic})
    key = "session_id"
    columns = (
        Column("session_id", ColumnType.UUID, required=True),
        Column("uuid", ColumnType.UUID, required=True),
        Column("time", ColumnType.INTEGER, required=True),
    )

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """A new row for each id that a revision replaces by another."""
        revisions = (event for event in events if isinstance(event, SessionRevised))
        return Change(
            (),
            [
                (old, customer, revision.started_at)
                for revision in revisions
                for old in revision.replaces
                if old != revision.session_id
            ],
        )
