"""What is wrong with a value, in words of our own: the library that reads it has others, made for its own users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from .errors import shown

_NO = {
    "int_": "is no whole number",
    "float_": "is no number",
    "bool_": "is neither true nor false",
    "string_type": "is no text",
    "datetime_": "is no moment, such as 2026-03-05T12:00",
    "time_delta_": "is no duration, such as 90s, 30m or PT30M",
}
"""By what the names of the library's errors begin with."""
_BOUNDS = {"ge": "is less than", "gt": "is not more than", "le": "is more than", "lt": "is not less than"}


def what_is_wrong(found: Mapping[str, Any]) -> str:
    """One error of pydantic's, of which `found` has `type`, `input`, `msg` and perhaps `ctx`."""
    kind, value, context = str(found["type"]), found["input"], found.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in ("enum", "literal_error"):
        return f"{shown(value)} is none of {context['expected']}"
    for bound, words in _BOUNDS.items():
        if bound in context:
            given = str(value) if isinstance(value, timedelta) else shown(value)
            return f"{given} {words} {context[bound]}"
    return next((f"{shown(value)} {words}" for name, words in _NO.items() if kind.startswith(name)), str(found["msg"]))
