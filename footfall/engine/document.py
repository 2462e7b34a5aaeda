"""What the engine answers with, as a JSON document: the one place where it becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from ..domain.moments import from_datetime, iso

_PLAIN = frozenset({str, int, float, bool, type(None)})


def document(value: Any) -> Any:
    """A result, a row or whatever else an engine answers with, or a list of them, as dicts, lists and plain values.

    Keys are the names of the fields; a moment becomes ISO 8601 text in UTC with microseconds, as in
    `2026-03-05T12:00:00.000000Z`. It also serves as `json.dumps(rows, default=footfall.document)`. Raises `TypeError`
    for what has no JSON form.
    """
    if type(value) in _PLAIN:
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: document(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {document(key): document(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [document(one) for one in value]
    return _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(from_datetime(value))
    if isinstance(value, Enum):
        return document(value.value)
    if isinstance(value, UUID | str):
        return str(value)
    raise TypeError(f"footfall.document takes what an engine answers with, not a {type(value).__name__}")
