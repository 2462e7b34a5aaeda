"""A chunk of the log, sorted by customer and decoded once for all projections."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ..domain.events import CustomerEvent
from .codec import decode
from .log_statements import ChunkRow


class Piece:
    """The events of one customer in a chunk, and where they begin."""

    __slots__ = ("error", "partition", "position", "readable")

    def __init__(self, partition: int, position: int) -> None:
        self.partition, self.position = partition, position
        self.readable: list[CustomerEvent] = []
        self.error: Exception | None = None

    @property
    def events(self) -> list[CustomerEvent]:
        """All events of the piece. Raises what decoding one of them raised."""
        if self.error is not None:
            raise self.error
        return self.readable


def by_customer(rows: Iterable[ChunkRow]) -> dict[UUID, Piece]:
    """Decode rows of the log, which are in order within their partitions."""
    pieces: dict[UUID, Piece] = {}
    for partition, position, customer, topic, state in rows:
        piece = pieces.get(customer)
        if piece is None:
            piece = pieces[customer] = Piece(partition, position)
        try:
            piece.readable.append(decode(topic, state))
        except Exception as error:
            piece.error = error
    return pieces
