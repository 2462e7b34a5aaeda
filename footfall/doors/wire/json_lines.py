"""JSON lines: `{"uuid", "action", "time", "params", "event_id"}` a line, of which only the first two are required.

A `time` that is a number is epoch milliseconds, and one that looks like seconds is refused with the event, unless it is
said which of the two they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from ...engine.arguments import Line, moment_of_epoch


class EpochUnit(StrEnum):
    """What times that are numbers are counted in."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"

    @property
    def micros(self) -> int:
        """One of it in µs."""
        return 1_000_000 if self is EpochUnit.SECONDS else 1_000


class _Owned(msgspec.Struct):
    uuid: UUID


# RecursionError: brackets, and brackets in them, until the stack is full.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_decode = msgspec.json.Decoder().decode
_decode_owned = msgspec.json.Decoder(_Owned).decode


def read_json_lines(lines: Iterable[tuple[int, bytes]], *, times: EpochUnit | None = None) -> Iterator[Line]:
    """Events from numbered lines; `times` says what times that are numbers are counted in."""
    for number, line in lines:
        try:
            event = _decode(line)
        except _UNREADABLE:
            read = _leniently(number, line)
        else:
            read = Line(number, event) if isinstance(event, dict) else _no_object(number)
        yield read if times is None or read.event is None else _with_moment(read, times)


def _with_moment(line: Line, times: EpochUnit) -> Line:
    event: dict[str, Any] = line.event
    time = event.get("time")
    if not isinstance(time, int | float) or isinstance(time, bool):
        return line
    moment = moment_of_epoch(time, times.micros)
    if moment is None:
        return Line(line.number, problem=f"time {time!r:.40} in {times} is no moment of the years 1 to 9999")
    return Line(line.number, event | {"time": moment})


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
