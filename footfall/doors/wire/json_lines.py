"""JSON lines: `{"uuid", "action", "time", "params", "event_id"}` a line, of which only the first two are required."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from ...engine.arguments import Line


class _Owned(msgspec.Struct):
    uuid: UUID


# RecursionError: brackets, and brackets in them, until the stack is full.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decode = msgspec.json.Decoder().decode
_decode_owned = msgspec.json.Decoder(_Owned).decode


def read_json_lines(lines: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
    """Events from numbered lines."""
    for number, line in lines:
        try:
            event = _decode(line)
        except _UNREADABLE:
            yield _leniently(number, line)
            continue
        yield Line(number, event) if isinstance(event, dict) else _no_object(number)


def customer_in_json(line: bytes) -> UUID | None:
    """The customer of a line's event, without reading the rest of it; None where there is none to be found."""
    try:
        return _decode_owned(line).uuid
    except _UNREADABLE:
        pass
    try:
        return msgspec.convert(_leniently(0, line).event, _Owned).uuid
    except (msgspec.ValidationError, UnicodeEncodeError):
        return None


def _leniently(number: int, line: bytes) -> Line:
    # What strict JSON refuses but Python's reader takes (NaN, 1e999, lone surrogates) is refused by the rules,
    # and so kept with its reason instead of being passed over.
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Line(number, problem=f"not JSON: {error}")
    return Line(number, event) if isinstance(event, dict) else _no_object(number)


def _no_object(number: int) -> Line:
    return Line(number, problem="not a JSON object")
