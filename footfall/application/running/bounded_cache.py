"""A cache with a bound."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Remembers values, those that were put last for the longest. `size` is what all of them weigh.

    Where it would grow beyond `capacity`, the older half of the entries is forgotten at once: with all forgotten, a
    store of many active customers would load most of them again and again.
    """

    def __init__(self, capacity: float = float("inf"), weigh: Callable[[Value], int] = lambda _: 1) -> None:
        self._capacity, self._weigh = capacity, weigh
        self._entries: dict[Key, Value] = {}
        self.size = 0
        self.get = self._entries.get

    def put(self, key: Key, value: Value) -> None:
        """Remember a value in place of the one that was there."""
        # Taken out first, so that those that were put last come last.
        before = self._entries.pop(key, None)
        self._entries[key] = value
        self.size += self._weigh(value) - (0 if before is None else self._weigh(before))
        if self.size > self._capacity:
            self.forget_older_half()

    def forget_older_half(self) -> None:
        """Make room."""
        self._entries = dict(islice(self._entries.items(), len(self._entries) // 2, None))
        self.get = self._entries.get
        self.size = sum(map(self._weigh, self._entries.values()))
