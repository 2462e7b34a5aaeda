"""The gate for `params`: what no database may be asked to keep is refused before anything is stored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from .errors import Reason, Rejected, shown

MAX_BYTES = 64 * 1024
MAX_DEPTH = 10
MAX_INTEGER = 2**53 - 1


def check(params: Mapping[str, Any]) -> None:
    """Refuse params that hold NUL or lone surrogates, NaN or infinities, integers beyond ±(2^53-1), more than
    ten levels, values that JSON has no word for, or more than 64 KiB as compact JSON.

    Raises `Rejected` (`invalid_params` or `too_large`), naming the place.
    """
    size = _size(params)
    if size is not None and size > MAX_BYTES:  # first, for to walk through very much takes long
        raise Rejected(Reason.TOO_LARGE, f"params take {size} bytes as JSON, more than {MAX_BYTES}")
    _walk(params, "params", 1)
    if size is None:
        raise Rejected(Reason.INVALID_PARAMS, "params hold a value that cannot be encoded")


def _walk(value: Any, where: str, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value, where)
    elif value is None or isinstance(value, bool):
        return
    elif isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise Rejected(Reason.INVALID_PARAMS, f"{where} is an integer beyond ±(2^53-1)")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise Rejected(Reason.INVALID_PARAMS, f"{where} is not a finite number")
    elif isinstance(value, Mapping | list | tuple):
        _walk_container(value, where, depth)
    else:
        raise Rejected(Reason.INVALID_PARAMS, f"{where} is a {type(value).__name__}, which JSON cannot hold")


def _walk_container(value: Mapping[Any, Any] | list[Any] | tuple[Any, ...], where: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Rejected(Reason.INVALID_PARAMS, f"{where} is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise Rejected(Reason.INVALID_PARAMS, f"{where} has a key that is no text: {shown(key)}")
            _check_text(key, f"a key of {where}")
            _walk(item, f"{where}.{key}"[:200], depth + 1)
    else:
        for index, item in enumerate(value):
            _walk(item, f"{where}[{index}]"[:200], depth + 1)


def _check_text(text: str, where: str) -> None:
    if "\x00" in text:
        raise Rejected(Reason.INVALID_PARAMS, f"{where} contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Rejected(Reason.INVALID_PARAMS, f"{where} contains a lone surrogate") from None


def _size(params: Mapping[str, Any]) -> int | None:
    try:
        return len(msgspec.json.encode(params))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
