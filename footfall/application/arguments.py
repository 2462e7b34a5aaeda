"""Arguments as callers write them, checked, with errors that say what they must be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from ..domain import moments
from ..domain.actions import check_name
from ..domain.errors import FootfallError, Reason, Rejected, shown
from .ports import Wanted
from .session_answers import Selection

CustomerName = UUID | str
Moment = datetime | str | int
"""A `datetime` (UTC where it has no offset), ISO 8601 text, or epoch milliseconds."""

Duration = timedelta | str
"""A `timedelta`, or a number with its unit: `90s`, `10m`, `1.5h`, `2d`."""

MOST_ROWS = 2**63 - 1
"""As many as a database can be asked for."""

_UNITS = {"s": moments.SECOND, "m": moments.MINUTE, "h": moments.HOUR, "d": moments.DAY}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([smhd])")


class InvalidArgument(FootfallError):
    """An argument is not what it must be; the message says what it must be."""


def customer_named(name: CustomerName) -> UUID:
    """The customer's uuid."""
    return identity_of(name, "a customer")


def moment_of(moment: Moment) -> int:
    """The moment in µs since the epoch, UTC."""
    try:
        return moments.parse(moment)
    except Rejected as refused:
        raise InvalidArgument(refused.detail) from None


def duration_of(duration: Duration) -> int:
    """The duration in µs."""
    if isinstance(duration, timedelta):
        return duration // timedelta(microseconds=1)
    written = _DURATION.fullmatch(duration) if isinstance(duration, str) else None
    if written is None:
        raise InvalidArgument(f"a duration is a number with a unit, such as 90s, 10m or 1h, not {shown(duration)}")
    return round(float(written[1]) * _UNITS[written[2]])


def interval_of(duration: Duration) -> float:
    """The seconds between two runs of a job."""
    micros = duration_of(duration)
    if not 0 < micros <= moments.DAY:
        raise InvalidArgument(f"an interval is longer than 0 and at most a day, not {shown(duration)}")
    return micros / moments.SECOND


def written_duration(duration: object) -> object:
    """A duration as `duration_of` reads it, made a `timedelta`; anything else as it is, for others to read."""
    if isinstance(duration, str) and _DURATION.fullmatch(duration):
        return timedelta(microseconds=duration_of(duration))
    return duration


def identity_of(name: CustomerName, what: str) -> UUID:
    """The UUID that something is named by."""
    try:
        return name if isinstance(name, UUID) else UUID(name)
    except (ValueError, AttributeError, TypeError):
        raise InvalidArgument(f"{what} is named by a UUID, not {shown(name)}") from None


def reason_named(name: str) -> Reason:
    """The reason for a rejection."""
    try:
        return Reason(name)
    except ValueError:
        raise InvalidArgument(f"there is no reason {name!r}; there are {', '.join(Reason)}") from None


def at_most(limit: int | None) -> int | None:
    """A limit on the number of rows; None is none."""
    if limit is None or (isinstance(limit, int) and not isinstance(limit, bool) and 0 <= limit <= MOST_ROWS):
        return limit
    raise InvalidArgument(f"a limit is a number of rows, or None for all of them, not {shown(limit)}")


def selection_of(
    customer: CustomerName | None, since: Moment | None, until: Moment | None, open_only: bool = False
) -> Selection:
    """Which sessions are meant; what is left open is not asked about."""
    return Selection(
        None if customer is None else customer_named(customer),
        None if since is None else moment_of(since),
        None if until is None else moment_of(until),
        open_only,
    )


def wanted_of(actions: Iterable[str] | None, customer: CustomerName | None) -> Wanted:
    """Which events are meant; one action may be written as it is."""
    named = None if actions is None else frozenset([actions] if isinstance(actions, str) else actions)
    try:
        chosen = None if named is None else frozenset(map(check_name, named))
    except (Rejected, TypeError) as refused:
        raise InvalidArgument(str(refused)) from None
    return Wanted(chosen, None if customer is None else customer_named(customer))
