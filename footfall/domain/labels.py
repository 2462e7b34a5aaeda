"""Labels: templates such as `Visited page {{title}}`, rendered from an event's params."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

_SLOT = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def render(label: str, params: Mapping[str, Any]) -> str:
    """Fill the template; a parameter that is missing renders as nothing. Never raises."""
    return _SLOT.sub(lambda slot: _text(params.get(slot[1])), label).strip()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        return ""
