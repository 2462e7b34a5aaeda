"""The events of all customers in one order, for followers that can keep no more than one number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from ..database.connections import driver
from .event_log import EventLog
from .numbered import NumberedEvent
from .tables import in_stream_of, log

_EVENT = (log.c.customer, log.c.version, log.c.topic, log.c.state, log.c.position)


class AllCustomers:
    """The customers' partitions merged by position.

    Writers of different partitions commit out of the order of positions, so that a follower who went on from the last
    position that it saw would pass over events that are committed later. Up to `settled` nothing more will come.
    """

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log

    def settled(self, known: int) -> int:
        """A position up to which every event is there to be read, at least `known`, which was one before. Raises
        `StoreBusy` where a writer takes longer than others wait for it."""
        with self._log.database.read() as connection:
            return self._log.statements.settled(driver(connection), known)

    def last(self) -> int | None:
        """The position of the last event that may be read by now, None where there is none."""
        settled = self.settled(0)
        # By the index of each partition: over all of them together, the whole log would be looked at.
        of_each = [
            sa.select(sa.func.max(log.c.position).label("last")).where(
                log.c.partition == partition, log.c.position <= settled
            )
            for partition in range(self._log.partitions)
        ]
        lasts = sa.union_all(*of_each).subquery()
        with self._log.database.read() as connection:
            found: int | None = connection.scalar(sa.select(sa.func.max(lasts.c.last)))
        return found

    def window(self, after: int, upto: int, limit: int, topics: Sequence[str]) -> list[NumberedEvent]:
        """Events after one position and up to another, which must be settled."""
        # A branch for each partition, so that the database merges their indexes and stops at the limit.
        branches = [
            _of(topics).where(log.c.partition == partition, log.c.position > after, log.c.position <= upto)
            for partition in range(self._log.partitions)
        ]
        merged = sa.union_all(*branches).order_by("position").limit(limit)
        with self._log.database.read() as connection:
            return [NumberedEvent(*row) for row in connection.execute(merged)]

    def stream(
        self, originator: UUID | str, gt: int | None, lte: int | None, limit: int | None, *, desc: bool
    ) -> list[NumberedEvent]:
        """A customer's stream in the order of its versions, or some of it."""
        customer, version = UUID(str(originator)), log.c.version
        query = sa.select(*_EVENT).where(log.c.partition == self._log.partition_of(customer), in_stream_of(customer))
        query = query.where(version > gt) if gt is not None else query
        query = query.where(version <= lte) if lte is not None else query
        with self._log.database.read() as connection:
            rows = connection.execute(query.order_by(version.desc() if desc else version).limit(limit))
            return [NumberedEvent(*row) for row in rows]


def _of(topics: Sequence[str]) -> sa.Select[Any]:
    query = sa.select(*_EVENT)
    return query.where(log.c.topic.in_(topics)) if topics else query
