"""Moments: UTC in integer microseconds inside, ISO 8601 or epoch milliseconds outside."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn

from .errors import Reason, Rejected, shown

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WITHOUT_ZONE = EPOCH.replace(tzinfo=None)
EARLIEST = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LATEST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)

_FIRST_BY_EPOCH = (datetime(1980, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
_CALENDAR_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]|\Z)|\d{8}[Tt]", re.ASCII).match
_EXAMPLE = "2026-03-05T12:00:00Z"


def from_datetime(moment: datetime) -> int:
    """Microseconds since the epoch; a moment without an offset is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    past = moment - EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + past.microseconds


def parse(value: object) -> int:
    """Read a moment as it comes on the wire: ISO 8601 text, epoch milliseconds, a `datetime`, or the
    `date` that begins at it.

    Text begins with a calendar date, and a time follows after `T` or a blank: `datetime.fromisoformat` reads much
    besides, week dates and mere digits, that hardly any sender means. Returns µs since the epoch, UTC. Raises
    `Rejected` (`invalid_time`) for anything else and for moments outside the years 1 to 9999.
    """
    if not isinstance(value, str):
        return _from_value(value)
    if _CALENDAR_DATE(value) is None:
        digits = "; epoch milliseconds are a number, not text" if value.isdecimal() else ""
        raise Rejected(Reason.INVALID_TIME, f"time {value[:40]!r} is not ISO 8601, such as {_EXAMPLE}{digits}")
    return _from_text(value)


def parse_event_time(value: object) -> int:
    """Read the time of an event: what `parse` takes, but no epoch milliseconds before 1980, which are seconds in truth.

    Raises `Rejected` (`invalid_time`).
    """
    micros = parse(value)
    if micros < _FIRST_BY_EPOCH and isinstance(value, int):
        raise Rejected(
            Reason.INVALID_TIME,
            f"time {value} as epoch milliseconds is before 1980 and looks like seconds: multiply it by 1000, import it "
            f"with --times, or write what is so long ago as ISO 8601 text",
        )
    return micros


def parse_loosely(value: object) -> int:
    """Read a moment as every version has: text in any form that `datetime.fromisoformat` knows. What is stored may have
    come so. Raises `Rejected` (`invalid_time`)."""
    return _from_text(value) if isinstance(value, str) else _from_value(value)


def _from_text(text: str) -> int:
    try:
        micros = from_datetime(datetime.fromisoformat(text))
    except ValueError as error:
        raise Rejected(Reason.INVALID_TIME, f"time {text[:40]!r} is not ISO 8601: {error}") from None
    return micros if EARLIEST <= micros <= LATEST else _out_of_range()


def _from_value(value: object) -> int:
    if isinstance(value, datetime):
        micros = from_datetime(value)
    elif isinstance(value, date):
        micros = from_datetime(datetime(value.year, value.month, value.day, tzinfo=UTC))
    elif isinstance(value, int) and not isinstance(value, bool):
        micros = value * 1_000
    else:
        what = "ISO 8601 text, a datetime or whole epoch milliseconds"
        raise Rejected(Reason.INVALID_TIME, f"time must be {what}, not {shown(value)}")
    return micros if EARLIEST <= micros <= LATEST else _out_of_range()


def _out_of_range() -> NoReturn:
    raise Rejected(Reason.INVALID_TIME, "time lies outside the years 1 to 9999")


def iso(micros: int) -> str:
    """The moment as ISO 8601 text in UTC with microseconds, `2015-05-18T12:00:00.000000Z`; moments past the year 9999
    become its last microsecond."""
    return (_EPOCH_WITHOUT_ZONE + timedelta(0, 0, min(micros, LATEST))).isoformat(timespec="microseconds") + "Z"


def to_datetime(micros: int) -> datetime:
    """The moment as a `datetime` in UTC; moments past the year 9999 become its last microsecond."""
    return EPOCH + timedelta(0, 0, min(micros, LATEST))


def to_datetime_if_any(micros: int | None) -> datetime | None:
    """The same for a moment that may not be there."""
    return None if micros is None else to_datetime(micros)
