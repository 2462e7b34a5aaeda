"""The tallies that a rebuild gathers while it fills copies of views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....projections.read_model import ReadModel, Tallies
from ....projections.tallies import Tally


class Sums:
    """The tallies of copies, added up as they are filled: they are noted once, when all partitions are there."""

    def __init__(self, models: Sequence[ReadModel]) -> None:
        self._tallies = {model.name: Tally() for model in models}

    def add(self, given: Mapping[str, Tallies]) -> None:
        """Add what more rows give, by the name of their view."""
        for name, tallies in given.items():
            self._tallies[name].add(tallies)

    def of(self, model: ReadModel) -> Tallies:
        """What the rows of a view gave so far."""
        return self._tallies[model.name].result()
