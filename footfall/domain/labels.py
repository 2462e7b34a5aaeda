"""Labels: templates such as `Visited page {{title}}`, rendered from an event's params."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

_SLOT = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def render(label: str, params: Mapping[str, Any]) -> str:
    """Fill the template; a parameter that is missing renders as nothing. Never raises."""
    pieces = list(_pieces(label))
    pieces[1::2] = [_text(params.get(name)) for name in pieces[1::2]]
    return "".join(pieces).strip()


@lru_cache(maxsize=1024)  # the same few labels are rendered for every event
def _pieces(label: str) -> Sequence[str]:
    # Text and names of parameters in turn, text first and last.
    return tuple(_SLOT.split(label))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        return ""
