"""A chunk of the log, sorted by customer and decoded once for all projections."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ..domain.events import CustomerEvent
from .codec import decode
from .conversions import unpacked
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
    pieces: dict[bytes, Piece] = {}
    for partition, position, packed, topic, state in rows:
        piece = pieces.get(packed)
        if piece is None:
            piece = pieces[packed] = Piece(partition, position)
        try:
            piece.readable.append(decode(topic, state))
        except Exception as error:
            piece.error = error
    return {unpacked(packed): piece for packed, piece in pieces.items()}
