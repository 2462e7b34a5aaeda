"""Whether a view's table can hold what a fold gives: what it cannot hold shall stop nobody but its customer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from .read_model import Change, Column, ColumnType, ReadModel, Row

_INTEGERS = range(-(2**63), 2**63)


def check_change(model: ReadModel, change: Change) -> None:
    """Raises `ValueError` for a row that has not a value of its type for each column, and for a key that is none."""
    for row in change.added:
        _check_row(model, row)
    _check_removed(model, change)


def _check_row(model: ReadModel, row: Row) -> None:
    if not isinstance(row, tuple) or len(row) != len(model.columns):
        raise ValueError(f"a row of {model.name} is a tuple of {len(model.columns)} values, not {row!r}")
    for column, value in zip(model.columns, row, strict=True):
        if value is not None:
            _check_value(model, column, value)
        elif column.required:
            raise ValueError(f"{model.name}.{column.name} is required, and None in {row!r}")


def _check_removed(model: ReadModel, change: Change) -> None:
    if model.key is None:
        if change.removed:
            raise ValueError(f"{model.name} has no key by which it could remove rows")
        return
    key = model.columns[model.column_indexes[model.key]]
    for value in change.removed:
        _check_value(model, key, value)


def _check_value(model: ReadModel, column: Column, value: Any) -> None:
    if not _holds(column.kind, value):
        raise ValueError(f"{model.name}.{column.name} is of type {column.kind}, and cannot hold {value!r}")


def _holds(kind: ColumnType, value: Any) -> bool:
    if kind is ColumnType.JSON:
        return _is_json(value)
    if kind is ColumnType.TEXT:
        return isinstance(value, str) and _is_text(value)
    if kind is ColumnType.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool) and value in _INTEGERS
    return isinstance(value, UUID)


def _is_json(value: Any) -> bool:
    try:
        msgspec.json.encode(value, order="sorted")
    except (TypeError, ValueError, OverflowError, RecursionError):
        return False
    return True


def _is_text(value: str) -> bool:
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False
