"""Values between what a fold uses and what a driver takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..projections.read_model import Kind, ReadModel, Row

Conversions = Mapping[Kind, Callable[[Any], Any]]


def converted(model: ReadModel, rows: Sequence[Row], conversions: Conversions) -> Sequence[Row]:
    """Rows with the values of some kinds of columns converted; None stays None."""
    converters = [
        (at, conversions[column.kind]) for at, column in enumerate(model.columns) if column.kind in conversions
    ]
    if not converters or not rows:
        return rows
    columns = list(zip(*rows, strict=True))
    for at, convert in converters:
        columns[at] = tuple(None if value is None else convert(value) for value in columns[at])
    return list(zip(*columns, strict=True))
