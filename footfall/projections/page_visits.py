"""Page visits: a row for each, with what the visit itself says.

The page before, the next one and the session follow from the order of event time among the rows; they are
computed when read (`VISITS_AROUND`), so that a late event mends them by merely being there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeGuard
from uuid import UUID

from ..domain.actions import PAGE_VISIT
from ..domain.events import ActivityRecorded, CustomerEvent
from .read_model import Change, Column, Index, Kind, ReadModel, Row

_URL = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)(?::\d*)?)?([^?#]*)")


class PageVisits(ReadModel):
    """One row for each `page.visit`."""

    name = "page_visits"
    topics = frozenset({ActivityRecorded.topic})
    key = None
    columns = (
        Column("event_id", Kind.UUID, required=True),
        Column("uuid", Kind.UUID, required=True),
        Column("time", Kind.INTEGER, required=True),
        Column("received_at", Kind.INTEGER, required=True),
        Column("url", Kind.TEXT, required=True),
        Column("host", Kind.TEXT, required=True),
        Column("path", Kind.TEXT, required=True),
        Column("title", Kind.TEXT),
        Column("referrer", Kind.TEXT),
        Column("in_session", Kind.INTEGER, required=True),
    )
    indexes = (Index("uuid", "time", "event_id", unique=True),)
    reach = None

    def since(self, events: Sequence[CustomerEvent]) -> int | None:
        """No existing row matters."""
        return None

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """A new row for each visit."""
        return Change((), [_row(customer, event) for event in events if _is_visit(event)])


def _is_visit(event: CustomerEvent) -> TypeGuard[ActivityRecorded]:
    return event.action == PAGE_VISIT and isinstance(event, ActivityRecorded)


def _row(customer: UUID, visit: ActivityRecorded) -> Row:
    params = visit.params
    url = params["url"]
    return (
        visit.event_id,
        customer,
        visit.time,
        visit.received_at,
        url,
        *host_and_path(url),
        params.get("title"),
        params.get("referrer"),
        int(visit.counts),
    )


@lru_cache(maxsize=4096)  # the same pages are visited again and again
def host_and_path(url: str) -> tuple[str, str]:
    """The host (lower case, without user and port) and the path of a URL, by the grammar of RFC 3986."""
    parts = _URL.match(url)
    if parts is None:
        return "", url
    return (parts[1] or "").lower(), parts[2] or "/"
