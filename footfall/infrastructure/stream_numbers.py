"""The numbers of streams, remembered: a stream keeps its number for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from ..application.newer_half import newer_half


class StreamNumbers:
    """A bounded memory of which stream is whose."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._capacity = capacity
        self._numbers: dict[UUID, int] = {}

    def find(self, customers: Iterable[UUID]) -> tuple[dict[UUID, int], list[UUID]]:
        """The numbers that are known, and the customers whose are not."""
        known: dict[UUID, int] = {}
        unknown = []
        for customer in customers:
            number = self._numbers.get(customer)
            if number is None:
                unknown.append(customer)
            else:
                known[customer] = number
        return known, unknown

    def learn(self, numbers: Mapping[UUID, int]) -> None:
        """Remember numbers of streams that are committed."""
        if len(self._numbers) + len(numbers) > self._capacity:
            self._numbers = newer_half(self._numbers)
        self._numbers.update(numbers)
