"""A chunk of the log, sorted by customer and decoded once for all projections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from ....domain.events import CustomerEvent
from ....projections.read_model import ReadModel
from ...database.column_types import unpacked
from ...log.codec import TOPICS, decode
from ...log.dialects.statements import ChunkRow


class CustomerEvents:
    """The events of one customer in a chunk, and where they begin."""

    __slots__ = ("error", "partition", "position", "readable")

    def __init__(self, partition: int, position: int) -> None:
        self.partition, self.position = partition, position
        self.readable: list[CustomerEvent] = []
        self.error: Exception | None = None

    def read(self, topic: str, state: bytes) -> None:
        """Decode the next event."""
        try:
            self.readable.append(decode(topic, state))
        except Exception as error:
            self.error = error

    @property
    def events(self) -> list[CustomerEvent]:
        """All of them. Raises what decoding one of them raised."""
        if self.error is not None:
            raise self.error
        return self.readable


def by_customer(rows: Iterable[ChunkRow], models: Sequence[ReadModel]) -> dict[UUID, CustomerEvents]:
    """Decode those rows of the log, in order within their partitions, that some views fold."""
    unneeded = unneeded_topics(models)
    found: dict[bytes, CustomerEvents] = {}
    for partition, position, packed, topic, state in rows:
        if topic in unneeded:
            continue
        own = found.get(packed)
        if own is None:
            own = found[packed] = CustomerEvents(partition, position)
        own.read(topic, state)
    return {unpacked(packed): own for packed, own in found.items()}


def unneeded_topics(models: Sequence[ReadModel]) -> frozenset[str]:
    """The topics that none of some views folds. One that nobody knows is not among them: it must be looked at."""
    return TOPICS.difference(*(model.topics for model in models))
