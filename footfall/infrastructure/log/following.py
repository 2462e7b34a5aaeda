"""Following the log across customers, on from a cursor."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.errors import UnreadableEvent
from ...application.ports.following import EventFilter, FollowedEvent
from .codec import decode
from .tables import in_stream_of, log

_logger = logging.getLogger("footfall")

FOLLOWED = 500
"""At most this many events of a partition are read at once."""

_EVENT = (log.c.position, log.c.customer, log.c.topic, log.c.state)


def follow(
    connection: Connection, after: Mapping[int, int], heads: Mapping[int, int], event_filter: EventFilter
) -> tuple[list[FollowedEvent], dict[int, int]]:
    """Events after a position in each partition, up to heads that were read before: whatever stands there by then is
    committed, for within a partition the order of commits is that of positions."""
    found: list[FollowedEvent] = []
    reached = dict(after)
    for partition, position in after.items():
        if heads[partition] > position:
            query = _of(event_filter).where(log.c.partition == partition, log.c.position > position)
            upto = query.where(log.c.position <= heads[partition]).order_by(log.c.position).limit(FOLLOWED)
            rows = connection.execute(upto).all()
            found += (one for row in rows if (one := _followed(partition, row)) is not None)
            reached[partition] = rows[-1].position if len(rows) == FOLLOWED else heads[partition]
    return sorted(found, key=attrgetter("position")), reached


def _followed(partition: int, row: Any) -> FollowedEvent | None:
    try:
        return FollowedEvent(partition, row.position, row.customer, decode(row.topic, row.state))
    except UnreadableEvent as error:
        # Who follows must not stand still for ever. It stays in the log, and its customer's views are parked.
        _logger.error("cannot read the event at position %d and passes it over", row.position, exc_info=error)
        return None


def _of(event_filter: EventFilter) -> sa.Select[tuple[int, UUID | None, str, bytes]]:
    query = sa.select(*_EVENT).where(log.c.action.is_not(None))
    if event_filter.actions is not None:
        query = query.where(log.c.action.in_(sorted(event_filter.actions)))
    return query if event_filter.customer is None else query.where(in_stream_of(event_filter.customer))
