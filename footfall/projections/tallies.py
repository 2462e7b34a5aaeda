"""Tallies: what is counted over all customers beside a view. They follow from its rows, and change as these do."""

from __future__ import annotations

from collections.abc import Sequence

from .read_model import ReadModel, Row, Tallies


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


def tally_changes(model: ReadModel, before: Sequence[Row], after: Sequence[Row]) -> Tallies:
    """By how much the tallies of a view change where some of its rows are replaced by others."""
    if not before:
        return model.tally(after) if after else {}
    changes = {name: dict(numbers) for name, numbers in model.tally(after).items()}
    for name, numbers in model.tally(before).items():
        changed = changes[name]
        for key, number in numbers.items():
            if left := changed.get(key, 0) - number:
                changed[key] = left
            else:
                changed.pop(key, None)
    return {name: numbers for name, numbers in changes.items() if numbers}
