"""Cursors: how far views are in each partition of the log, and which of them are behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..projections.read_model import ReadModel

Cursors = dict[int, int]
"""The last position that was folded of each partition."""


class Behind(NamedTuple):
    """Where views have not seen all of the log: their cursors there, and how many `rows` of it that may be at most."""

    models: Sequence[ReadModel]
    cursors: Mapping[str, Cursors]
    rows: int

    def partitions(self, turn: int) -> list[int]:
        """The partitions in their order, from another one on at each turn."""
        partitions = sorted(set().union(*self.cursors.values()))
        start = turn % len(partitions)
        return partitions[start:] + partitions[:start]


def find_behind(models: Sequence[ReadModel], cursors: Mapping[str, Cursors], heads: Mapping[int, int]) -> Behind | None:
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
    return Behind([model for model in models if behind.get(model.name)], behind, rows)


def find_hindmost(cursors: Mapping[str, Cursors]) -> Cursors:
    """For each partition where the view stands that is the furthest behind."""
    hindmost: Cursors = {}
    for own in cursors.values():
        for partition, position in own.items():
            hindmost[partition] = min(position, hindmost.get(partition, position))
    return hindmost


def find_together(models: Sequence[ReadModel], cursors: Mapping[str, Cursors]) -> list[tuple[Cursors, list[ReadModel]]]:
    """The views that stand at the same places, and where."""
    groups: dict[tuple[tuple[int, int], ...], list[ReadModel]] = {}
    for model in models:
        if model.name in cursors:
            groups.setdefault(tuple(sorted(cursors[model.name].items())), []).append(model)
    return [(dict(places), together) for places, together in groups.items()]
