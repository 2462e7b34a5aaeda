"""Moments: UTC in integer microseconds inside, ISO 8601 or epoch milliseconds outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from .errors import Reason, Rejected, shown

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_WITHOUT_ZONE = EPOCH.replace(tzinfo=None)
EARLIEST = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
LATEST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


def from_datetime(moment: datetime) -> int:
    """Microseconds since the epoch; a moment without an offset is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    past = moment - EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + past.microseconds


def parse(value: object) -> int:
    """Read a moment as it comes on the wire: ISO 8601 text, epoch milliseconds, or a `datetime`.

    Returns µs since the epoch, UTC. Raises `Rejected` (`invalid_time`) for anything else and
    for moments outside the years 1 to 9999.
    """
    if isinstance(value, str):
        try:
            micros = from_datetime(datetime.fromisoformat(value))
        except ValueError as error:
            raise Rejected(Reason.INVALID_TIME, f"time {value[:40]!r} is not ISO 8601: {error}") from None
    elif isinstance(value, datetime):
        micros = from_datetime(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        micros = value * 1_000
    else:
        raise Rejected(Reason.INVALID_TIME, f"time must be ISO 8601 text or epoch milliseconds, not {shown(value)}")
    if not EARLIEST <= micros <= LATEST:
        raise Rejected(Reason.INVALID_TIME, "time lies outside the years 1 to 9999")
    return micros


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
