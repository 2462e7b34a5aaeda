"""Cursors: how far views are in each partition of the log, and which of them are behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ....projections.read_model import ReadModel

Cursors = dict[int, int]
"""The last position that was folded of each partition."""


class Backlog(NamedTuple):
    """Where views have not seen all of the log: their cursors there, and how many `rows` of it that may be at most."""

    models: Sequence[ReadModel]
    cursors: Mapping[str, Cursors]
    rows: int

    def partitions(self, start: int) -> list[int]:
        """The partitions in their order, from the one at `start` (modulo their number) on."""
        partitions = sorted(set().union(*self.cursors.values()))
        first = start % len(partitions)
        return partitions[first:] + partitions[:first]


def find_backlog(
    models: Sequence[ReadModel], cursors: Mapping[str, Cursors], heads: Mapping[int, int]
) -> Backlog | None:
    """Which views are behind the heads of the log; None where none is."""
    behind = {
        name: {partition: position for partition, position in own.items() if heads[partition] > position}
        for name, own in cursors.items()
    }
    hindmost = find_hindmost(behind)
    if not hindmost:
        return None
    # All partitions are numbered from one sequence, so this counts the rows of all.
    rows = max(heads[partition] for partition in hindmost) - min(hindmost.values())
    return Backlog([model for model in models if behind.get(model.name)], behind, rows)


def find_hindmost(cursors: Mapping[str, Cursors]) -> Cursors:
    """The cursor, for each partition, of the view that is the furthest behind."""
    hindmost: Cursors = {}
    for own in cursors.values():
        for partition, position in own.items():
            hindmost[partition] = min(position, hindmost.get(partition, position))
    return hindmost


def find_together(models: Sequence[ReadModel], cursors: Mapping[str, Cursors]) -> list[tuple[Cursors, list[ReadModel]]]:
    """The views that stand at the same cursors, and these."""
    groups: dict[tuple[tuple[int, int], ...], list[ReadModel]] = {}
    for model in models:
        if model.name in cursors:
            groups.setdefault(tuple(sorted(cursors[model.name].items())), []).append(model)
    return [(dict(cursors), together) for cursors, together in groups.items()]
