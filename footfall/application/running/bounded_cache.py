"""A cache with a bound."""

from __future__ import annotations

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class BoundedCache(dict[Key, Value]):
    """A dictionary whose owner lets it make room, where it has grown beyond its capacity."""

    def take_older_half(self) -> list[tuple[Key, Value]]:
        """Take out all entries but those that were added last: with these forgotten, too, a store of many active
        customers would load most of them again and again."""
        entries = list(self.items())
        middle = len(entries) // 2
        self.clear()
        self.update(entries[middle:])
        return entries[:middle]
