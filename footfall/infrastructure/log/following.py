"""Following the log across customers, on from a cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...application.ports.errors import UnreadableEvent
from ...application.ports.following import EventFilter, FollowedEvent
from ...application.running.loggers import SUBSCRIPTIONS
from .codec import decode
from .tables import log, streams

FOLLOWED = 500
"""At most this many events of a partition are read at once."""

# Versions have no gaps and come in the order of positions, so that the last one is found by ever smaller steps. To look
# at the whole stream, or at all that is new in the partition, would take as long as either is.
_LAST_VERSION = sa.text("""
WITH RECURSIVE search (version, step) AS (
    SELECT 0, 1073741824
    UNION ALL
    SELECT search.version + CASE WHEN (
        SELECT log.position FROM footfall.log AS log
        WHERE log.partition = :partition AND log.stream = :stream AND log.version = search.version + search.step
    ) <= :position THEN search.step ELSE 0 END, search.step / 2
    FROM search WHERE search.step > 0
)
SELECT max(version) FROM search
""")

_EVENT = (log.c.position, log.c.customer, log.c.topic, log.c.state)


def follow(
    connection: Connection,
    after: Mapping[int, int],
    heads: Mapping[int, int],
    event_filter: EventFilter,
    only: int | None = None,
) -> tuple[list[FollowedEvent], dict[int, int]]:
    """Events after a position in each partition, up to heads that were read before: whatever stands there by then is
    committed, for within a partition the order of commits is that of positions. `only` is the one partition in which
    there can be any that are wanted."""
    found: list[FollowedEvent] = []
    reached = {partition: max(position, heads[partition]) for partition, position in after.items()}
    for partition, position in after.items():
        if heads[partition] > position and only in (None, partition):
            rows = _read(connection, partition, position, heads[partition], event_filter)
            found += (one for row in rows if (one := _followed(partition, row)) is not None)
            reached[partition] = rows[-1].position if len(rows) == FOLLOWED else heads[partition]
    return sorted(found, key=attrgetter("position")), reached


def _followed(partition: int, row: Any) -> FollowedEvent | None:
    try:
        return FollowedEvent(partition, row.position, row.customer, decode(row.topic, row.state))
    except UnreadableEvent as error:
        # Who follows must not stand still for ever. It stays in the log, and its customer's views are parked.
        SUBSCRIPTIONS.error("cannot read the event at position %d and passes it over", row.position, exc_info=error)
        return None


def _read(connection: Connection, partition: int, after: int, head: int, event_filter: EventFilter) -> Sequence[Any]:
    actions, customer = event_filter
    query = sa.select(*_EVENT).where(log.c.partition == partition, log.c.action.is_not(None))
    query = query.where(log.c.position <= head).limit(FOLLOWED)
    if actions is not None:
        query = query.where(log.c.action.in_(sorted(actions)))
    if customer is None:
        return connection.execute(query.where(log.c.position > after).order_by(log.c.position)).all()
    stream = connection.scalar(sa.select(streams.c.stream).where(streams.c.customer == customer))
    version = connection.scalar(_LAST_VERSION, {"partition": partition, "stream": stream, "position": after})
    newer = query.where(log.c.stream == stream, log.c.version > version)
    return connection.execute(newer.order_by(log.c.version)).all()
