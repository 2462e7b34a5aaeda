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
    if not converters:
        return rows
    converted_rows = []
    for row in rows:
        values = list(row)
        for at, convert in converters:
            if values[at] is not None:
                values[at] = convert(values[at])
        converted_rows.append(tuple(values))
    return converted_rows
