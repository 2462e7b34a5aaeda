"""JSON lines: `{"uuid", "action", "time", "params", "event_id"}` a line, of which only the first two are required."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import msgspec

from ...application.imports import Line

_decode = msgspec.json.Decoder().decode


def read_json_lines(lines: Iterable[tuple[int, bytes]]) -> Iterator[Line]:
    """Events from numbered lines."""
    for number, line in lines:
        try:
            event = _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            yield _leniently(number, line)
            continue
        yield Line(number, event) if isinstance(event, dict) else _no_object(number)


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
