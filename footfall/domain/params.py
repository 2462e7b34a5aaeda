"""The gate for `params`: what no database may be asked to keep is refused before anything is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .errors import Reason, Rejected
from .json_values import as_json

MAX_BYTES = 64 * 1024
_TOO_MUCH_TO_LOOK_AT = 16 * MAX_BYTES


def plain(params: Mapping[str, Any], where: str = "params") -> dict[str, Any]:
    """Params as values of JSON, by the table of `json_values`; refused is what that refuses, and more than 64 KiB as
    compact JSON.

    Raises `Rejected` (`invalid_params` or `too_large`), naming the place; `where` is what it calls the whole.
    """
    _check_size(params, where, _TOO_MUCH_TO_LOOK_AT)  # first, for to walk through very much takes long
    values: dict[str, Any] = as_json(params, where)
    _check_size(values, where, MAX_BYTES)
    return values


def _check_size(params: Mapping[str, Any], where: str, most: int) -> None:
    try:
        size = len(msgspec.json.encode(params))
    except (TypeError, ValueError, OverflowError, RecursionError):
        return  # the table has a word for it, or says what is wrong
    if size > most:
        raise Rejected(Reason.TOO_LARGE, f"{where} take {size} bytes as JSON, more than {MAX_BYTES}")
