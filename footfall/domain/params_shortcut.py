"""A shortcut of the gate for `params`: what is surely harmless is not walked through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from . import params as rule

_pack = msgspec.msgpack.Encoder().encode
# Marks of MessagePack that a harmful value cannot do without: a NUL byte, a 64-bit integer, a float. Plain params hold
# none of them and need no walk; a mark alone proves nothing. They are integers because of bytes Python asks first
# whether they are one.
_MARKS = (0x00, 0xCF, 0xD3, 0xCB)
# A character of text takes at most six bytes in JSON (\u0001) for one in MessagePack.
_SURELY_SMALL = rule.MAX_BYTES // 8
_SCALARS = frozenset({str, int, float, bool, type(None)})


def plain(params: Mapping[str, Any], where: str = "params") -> dict[str, Any]:
    """What `params.plain` gives, for most params without its walk. Raises `Rejected`."""
    try:
        packed = _pack(params)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return rule.plain(params, where)
    if type(params) is not dict or len(packed) > _SURELY_SMALL or _nested(params) or _marked(packed):
        return rule.plain(params, where)
    return params


def _marked(packed: bytes) -> bool:
    zero, unsigned, signed, real = _MARKS
    return zero in packed or unsigned in packed or signed in packed or real in packed


def _nested(params: Mapping[str, Any]) -> bool:
    for name, value in params.items():
        if type(name) is not str or (type(value) is not str and type(value) not in _SCALARS):
            return True
    return False
