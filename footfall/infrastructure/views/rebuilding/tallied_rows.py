"""Rows as a view holds them, tallied: what its tallies are compared with."""

from __future__ import annotations

from collections.abc import Sequence

from ....projections.read_model import ColumnType, ReadModel, Tallies
from ....projections.tallies import Tally
from ...database.column_types import Conversions, all_loaded, all_unpacked, converted
from ..dialects.statements import StoredRow

_LOADED: Conversions = {ColumnType.UUID: all_unpacked, ColumnType.JSON: all_loaded}


def tallied(model: ReadModel, rows: Sequence[StoredRow]) -> Tallies:
    """The tallies of rows. One that was changed by hand may hold anything: what cannot be tallied is left out."""
    try:
        return model.tally(converted(model.columns, rows, _LOADED))
    except Exception:
        found = Tally()
        for row in rows if len(rows) > 1 else ():
            found.add(tallied(model, [row]))
        return found.result()
