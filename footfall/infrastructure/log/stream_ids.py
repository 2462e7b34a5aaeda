"""The ids of streams, remembered: a stream keeps its id for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from ...application.running.bounded_cache import BoundedCache


class StreamIds:
    """A bounded memory of which stream is whose."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._ids: BoundedCache[UUID, int] = BoundedCache(capacity)

    def find(self, customers: Iterable[UUID]) -> tuple[dict[UUID, int], list[UUID]]:
        """The ids that are known, and the customers whose are not."""
        known: dict[UUID, int] = {}
        unknown = []
        for customer in customers:
            stream = self._ids.get(customer)
            if stream is None:
                unknown.append(customer)
            else:
                known[customer] = stream
        return known, unknown

    def learn(self, ids: Mapping[UUID, int]) -> None:
        """Remember ids of streams that are committed."""
        for customer, stream in ids.items():
            self._ids.put(customer, stream)
