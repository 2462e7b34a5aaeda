"""Page visits: a row for each, with what the visit itself says.

The page before, the next one and the session follow from the order of event time among the rows; they are
computed when read (`visits_shown`), so that a late event mends them by merely being there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from ..domain.actions import PAGE_VISIT
from ..domain.cursors import Cursors, Whole
from ..domain.events import ActivityRecorded, CustomerEvent, event_place
from ..domain.moments import SECOND, to_datetime
from .read_model import Change, Column, ColumnType, Index, Query, ReadModel, Row, Tallies

_URL = re.compile(r"(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)(?::\d*)?)?([^?#]*)")


_url = itemgetter(5)


@dataclass(frozen=True, slots=True)
class PageVisit:
    """A page visit; `previous`, `next` and `session_id` follow from event time."""

    event_id: str
    uuid: str
    time: datetime
    received_at: datetime
    url: str
    host: str
    path: str
    title: str | None
    referrer: str | None
    previous_url: str | None
    next_url: str | None
    seconds_until_next: float | None
    session_id: str | None
    cursor: str


class VisitPlace(NamedTuple):
    """Where a visit stands among its customer's: the later one in the order of events first."""

    time: Whole
    ahead: Whole
    event_id: UUID


VISIT_CURSORS = Cursors("visits", VisitPlace)


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page: how often and by how many customers it was visited (None where these are not asked for), and how many
    sessions began and ended on it."""

    url: str
    visits: int
    customers: int | None
    entries: int
    exits: int


class PageVisitsOf(Query[list[PageVisit]], frozen=True):
    """A customer's page visits, the newest first; those behind a place, if one is given."""

    customer: UUID
    limit: int | None
    after: VisitPlace | None = None


class TopPages(Query[list[PageRow]], frozen=True):
    """The pages visited most; `customers`: whether their customers are counted, which takes a look at all visits."""

    together: ClassVar[tuple[str, ...]] = ("page_visits", "sessions", "tallies", "tally_changes")
    limit: int | None
    customers: bool = False


class PageVisits(ReadModel):
    """One row for each `page.visit`."""

    name = "page_visits"
    fits = True
    columns = (
        Column("event_id", ColumnType.UUID, required=True),
        Column("uuid", ColumnType.UUID, required=True),
        Column("time", ColumnType.INTEGER, required=True),
        Column("ahead", ColumnType.INTEGER, required=True),
        Column("received_at", ColumnType.INTEGER, required=True),
        Column("url", ColumnType.TEXT, required=True),
        Column("host", ColumnType.TEXT, required=True),
        Column("path", ColumnType.TEXT, required=True),
        Column("title", ColumnType.TEXT),
        Column("referrer", ColumnType.TEXT),
        Column("in_session", ColumnType.INTEGER, required=True),
    )
    indexes = (Index("uuid", "time", "ahead", "event_id", unique=True),)
    tallied = 1

    def fold(self, customer: UUID, rows: Sequence[Row], events: Sequence[CustomerEvent]) -> Change:
        """A new row for each visit."""
        visits = [event for event in events if event.action == PAGE_VISIT and isinstance(event, ActivityRecorded)]
        return Change((), _rows(customer, visits))

    def tally(self, rows: Sequence[Row]) -> Tallies:
        """The visits, and those of each page."""
        return {"visits": {"": len(rows)}, "pages": Counter(map(_url, rows))}


def _rows(customer: UUID, visits: Sequence[ActivityRecorded]) -> list[Row]:
    rows: list[Row] = []
    for visit in visits:  # without a call for each: a rebuild folds millions
        params = visit.params
        url = params["url"]
        # What was asked of a page is neither of its host nor of its path, and there is no end of it.
        host, path = host_and_path(url.partition("?")[0])
        row = (
            visit.event_id,
            customer,
            visit.time,
            0 if visit.claimed_time is None else visit.ahead,
            visit.received_at,
            url,
            host,
            path,
            params.get("title"),
            params.get("referrer"),
            int(visit.is_session_activity),
        )
        rows.append(row)
    return rows


@lru_cache(maxsize=4096)  # the same pages are visited again and again
def host_and_path(url: str) -> tuple[str, str]:
    """The host (lower case, without user and port) and the path of a URL, by the grammar of RFC 3986."""
    parts = _URL.match(url)
    if parts is None:
        return "", url
    return (parts[1] or "").lower(), parts[2] or "/"


def visits_shown(page: Sequence[Any], limit: int | None, later: Any | None = None) -> list[PageVisit]:
    """Visits as they are shown, from a customer's rows, the newest first, each with its `session_id`; at least one row
    more than the limit, where there are so many: the visit before the last that is shown. `later` is the one after the
    first, if there is one."""
    afters, befores = [later, *page], [*page[1:], None]
    return [_described(*visit) for visit in zip(page[:limit], befores, afters, strict=False)]


def _described(row: Any, before: Any | None, after: Any | None) -> PageVisit:
    return PageVisit(
        event_id=str(row.event_id),
        uuid=str(row.uuid),
        time=to_datetime(row.time),
        received_at=to_datetime(row.received_at),
        url=row.url,
        host=row.host,
        path=row.path,
        title=row.title,
        referrer=row.referrer,
        previous_url=None if before is None else before.url,
        next_url=None if after is None else after.url,
        seconds_until_next=None if after is None else (after.time - row.time) / SECOND,
        session_id=None if row.session_id is None else str(row.session_id),
        cursor=VISIT_CURSORS.text(VisitPlace(*event_place(row))),
    )
