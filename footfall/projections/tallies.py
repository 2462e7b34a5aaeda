"""Tallies: what is counted over all customers beside a view. They follow from its rows."""

from __future__ import annotations

from .read_model import Tallies


class Tally:
    """Tallies that are added up, by name and key."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}

    def add(self, tallies: Tallies, sign: int = 1) -> None:
        """Add others, or with `sign` -1 take them off."""
        for name, numbers in tallies.items():
            known = self._numbers.setdefault(name, {})
            if not known and sign == 1:
                known.update(numbers)
                continue
            for key, number in numbers.items():
                known[key] = known.get(key, 0) + sign * number

    def result(self) -> Tallies:
        """The sums, of which none is 0."""
        found = {name: {key: n for key, n in numbers.items() if n} for name, numbers in self._numbers.items()}
        return {name: numbers for name, numbers in found.items() if numbers}
