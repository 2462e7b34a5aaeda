"""A cache with a bound."""

from __future__ import annotations

from itertools import islice
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(dict[Key, Value]):
    """A dictionary whose owner lets it make room, where it has grown beyond its capacity."""

    def forget_older_half(self) -> None:
        """Keep the entries that were added last: with all forgotten, a store of many active customers would load most
        of them again and again."""
        newer = list(islice(self.items(), len(self) // 2, None))
        self.clear()
        self.update(newer)
