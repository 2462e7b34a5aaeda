"""Conditions as people write them: `plan=gold`, `age>=18`, `email`, `!email`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from ...domain.conditions import Above, Absent, AllOf, AtLeast, AtMost, Below, OneOf, Present
from ...domain.errors import InvalidArgument

_CONDITION = re.compile(r"(.*?)(>=|<=|=|>|<)(.*)", re.DOTALL)
_MISTAKEN = re.compile(r"[^=<>]*(?:!=|==|=[<>]|<>|[<>]=?\Z)")
"""Signs of other languages, and ranges without an end: they would be taken for odd names and values."""
_RANGES = {">=": AtLeast, ">": Above, "<=": AtMost, "<": Below}


def attributes_written(texts: Iterable[str]) -> dict[str, AllOf]:
    """Conditions on attributes. A value that reads as JSON means that value, and the text that it is: a post code may
    be either. A range is of numbers where its end reads as one, else of texts. Raises `InvalidArgument`."""
    return _by_name(texts, lambda read, text: OneOf(read, text))


def counts_written(texts: Iterable[str]) -> dict[str, AllOf]:
    """Conditions on counts by action. Raises `InvalidArgument`."""
    return _by_name(texts, lambda read, _text: OneOf(read))


def _by_name(texts: Iterable[str], same: Callable[[Any, str], OneOf]) -> dict[str, AllOf]:
    conditions: dict[str, list[Any]] = {}
    for text in texts:
        name, condition = _condition(text, same)
        if not name or _MISTAKEN.match(text):
            raise InvalidArgument(
                f"{text!r} is none of NAME=VALUE, NAME>=VALUE, NAME>VALUE, NAME<=VALUE, NAME<VALUE, NAME and !NAME; a "
                'text that begins with a sign is written in quotes, NAME="<b>"'
            )
        conditions.setdefault(name, []).append(condition)
    return {name: AllOf(*own) for name, own in conditions.items()}


def _condition(text: str, same: Callable[[Any, str], OneOf]) -> tuple[str, Any]:
    found = _CONDITION.fullmatch(text)
    if found is None:
        return (text[1:], Absent()) if text.startswith("!") else (text, Present())
    name, sign, value = found.groups()
    try:
        read = msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        read = value
    return name, _RANGES[sign](read) if sign in _RANGES else same(read, value)
