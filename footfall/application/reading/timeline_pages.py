"""Pages of a timeline: what the log has by event time, put in order where several events are of one moment."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ...domain.moments import EARLIEST
from ..ports.log import Log
from ..ports.vocabulary import TimelineEvent, TimelinePlace

_FURTHER = 8  # a moment at either end of a page seldom has more events than an order or the beginning of a session
_LATEST = 2**63 - 1


def timeline_page(
    log: Log,
    customer: UUID,
    since: int | None,
    until: int | None,
    behind: TimelinePlace | None,
    limit: int | None,
) -> list[TimelineEvent]:
    """The newest events of a customer from one moment (µs) on, before another and behind a place, the newest first."""
    span = EARLIEST if since is None else since, _end(until, behind)
    most = limit
    while True:
        most = None if most is None else most + _FURTHER
        found = log.newest(customer, *span, most)
        is_all = most is None or len(found) < most
        page = _in_order(found if is_all else _whole_moments(found), behind)
        if is_all or len(page) >= (limit or 0):
            return page[:limit]
        most = 2 * len(found)


def _end(until: int | None, behind: TimelinePlace | None) -> int:
    # The moment of the place itself is looked at once more: what is behind it may have come at that moment.
    ends = [_LATEST if until is None else until, _LATEST if behind is None else behind.time + 1]
    return min(ends)


def _whole_moments(newest: Sequence[TimelineEvent]) -> list[TimelineEvent]:
    # Of the moment at which reading ended there may be more.
    return [event for event in newest if event.time > newest[-1].time]


def _in_order(events: Sequence[TimelineEvent], behind: TimelinePlace | None) -> list[TimelineEvent]:
    placed = ((TimelinePlace.of(event), event) for event in events)
    shown = [one for one in placed if behind is None or one[0] < behind]
    return [event for _, event in sorted(shown, key=lambda one: one[0], reverse=True)]
