"""Reads of the log across customers: on from a cursor, and one customer after the other."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..application.ports import UNREADABLE, FollowedEvent, Wanted
from ..domain.events import ActivityRecorded
from .codec import decode
from .tables import in_stream_of, log

_logger = logging.getLogger("footfall")

FOLLOWED = 500
"""So many events are read at once of a partition, at most."""

_EVENT = (log.c.position, log.c.customer, log.c.topic, log.c.state)


def follow(
    connection: Connection, after: Mapping[int, int], heads: Mapping[int, int], wanted: Wanted
) -> tuple[list[FollowedEvent], dict[int, int]]:
    """Events after a position in each partition, up to heads that were read before: whatever stands there by then is
    committed, for within a partition the order of commits is that of positions."""
    found: list[FollowedEvent] = []
    reached = dict(after)
    for partition, position in after.items():
        if heads[partition] > position:
            query = _of(wanted).where(log.c.partition == partition, log.c.position > position)
            upto = query.where(log.c.position <= heads[partition]).order_by(log.c.position).limit(FOLLOWED)
            rows = connection.execute(upto).all()
            found += (one for row in rows if (one := _followed(partition, row)) is not None)
            reached[partition] = rows[-1].position if len(rows) == FOLLOWED else heads[partition]
    return sorted(found, key=attrgetter("position")), reached


def _followed(partition: int, row: Any) -> FollowedEvent | None:
    try:
        return FollowedEvent(partition, row.position, row.customer, decode(row.topic, row.state))
    except UNREADABLE as error:
        # Who follows must not stand still for ever. It stays in the log, and its customer's views are parked.
        _logger.error("cannot read the event at position %d and passes it over", row.position, exc_info=error)
        return None


def _of(wanted: Wanted) -> sa.Select[tuple[int, UUID | None, str, bytes]]:
    query = sa.select(*_EVENT).where(log.c.action.is_not(None))
    if wanted.actions is not None:
        query = query.where(log.c.action.in_(sorted(wanted.actions)))
    return query if wanted.customer is None else query.where(in_stream_of(wanted.customer))


def activity(connection: Connection, partition: int) -> Iterator[list[ActivityRecorded]]:
    """The activity events of every customer of a partition, one customer after the other."""
    query = (
        sa.select(log.c.stream, log.c.state)
        .where(log.c.partition == partition, log.c.topic == ActivityRecorded.topic)
        .order_by(log.c.stream, log.c.version)
    )
    rows = connection.execution_options(yield_per=5_000).execute(query)
    for _, stream in groupby(rows, key=itemgetter(0)):
        yield [decode(ActivityRecorded.topic, row.state) for row in stream]
