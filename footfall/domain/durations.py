"""Durations as people write them."""

from __future__ import annotations

import re
from datetime import timedelta

from . import moments
from .errors import InvalidArgument, shown

Duration = timedelta | str
"""A `timedelta`, or a number with its unit: `90s`, `10m`, `1.5h`, `2d`."""

_UNITS = {"s": moments.SECOND, "m": moments.MINUTE, "h": moments.HOUR, "d": moments.DAY}
_WRITTEN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([smhd])")


def parse(duration: object) -> int:
    """The duration in µs. Raises `InvalidArgument`."""
    if isinstance(duration, timedelta):
        return duration // timedelta(microseconds=1)
    written = _WRITTEN.fullmatch(duration) if isinstance(duration, str) else None
    if written is None:
        raise InvalidArgument(f"a duration is a number with a unit, such as 90s, 10m or 1h, not {shown(duration)}")
    return round(float(written[1]) * _UNITS[written[2]])
