"""Arguments as callers write them, checked, with errors that say what they must be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ..application.ingest.import_lines import Line
from ..application.ingest.ingest import BATCH as EVENTS_A_COMMIT
from ..application.ingest.ingest import BYTES as BYTES_A_COMMIT
from ..application.ingest.ingest import SHARED as EVENTS_SHARED
from ..application.ports.following import EventFilter
from ..domain import durations, moments
from ..domain.actions import check_name
from ..domain.condition_input import read_conditions, read_counts
from ..domain.durations import Duration
from ..domain.errors import InvalidArgument, Reason, Rejected, shown
from ..projections.profiles import ProfileFilter
from ..projections.sessions import SessionFilter

CustomerName = UUID | str
Moment = date | str | int
"""A `datetime` (UTC where it has no offset), a `date` (its beginning in UTC), ISO 8601 text, or epoch milliseconds.
Only as the time of an event the latter must lie in 1980 or later."""

OnRejection = Literal["return", "raise"]
"""What a call does where something that it takes in is rejected."""

__all__ = [
    "BYTES_A_COMMIT",
    "EVENTS_A_COMMIT",
    "EVENTS_SHARED",
    "MOST_ROWS",
    "CustomerName",
    "Line",
    "Moment",
    "OnRejection",
    "at_most",
    "customer_named",
    "duration_of",
    "events_meant",
    "identity_of",
    "interval_of",
    "moment_if_any",
    "moment_of",
    "moment_of_epoch",
    "on_rejection_of",
    "profiles_meant",
    "reason_if_any",
    "reason_named",
    "sessions_meant",
    "several",
]

MOST_ROWS = 2**63 - 1
"""As many as a database can be asked for."""


def customer_named(name: CustomerName) -> UUID:
    """The customer's uuid."""
    return identity_of(name, "a customer")


def moment_of(moment: Moment) -> int:
    """The moment in µs since the epoch, UTC."""
    try:
        return moments.parse(moment)
    except Rejected as refused:
        raise InvalidArgument(refused.detail) from None


def moment_if_any(moment: Moment | None) -> int | None:
    """The same, where one is given."""
    return None if moment is None else moment_of(moment)


def moment_of_epoch(count: float, micros: int) -> datetime | None:
    """The moment that is so many units of so many µs after the epoch; None where there is none."""
    try:
        moment = round(count * micros)
    except (OverflowError, ValueError):
        return None  # an infinity, or no number
    return moments.to_datetime(moment) if moments.EARLIEST <= moment <= moments.LATEST else None


def duration_of(duration: Duration) -> int:
    """The duration in µs."""
    return durations.parse(duration)


def interval_of(duration: Duration) -> float:
    """The seconds between two runs of a job."""
    micros = duration_of(duration)
    if not 0 < micros <= moments.DAY:
        raise InvalidArgument(f"an interval is longer than 0 and at most a day, not {shown(duration)}")
    return micros / moments.SECOND


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


def reason_if_any(name: str | None) -> Reason | None:
    """The same, where one is given."""
    return None if name is None else reason_named(name)


def on_rejection_of(value: object) -> OnRejection:
    """What a call does where something is rejected. Raises `InvalidArgument`."""
    if value in ("return", "raise"):
        return value
    raise InvalidArgument(f"on_rejection is 'return' or 'raise', not {shown(value)}")


def at_most(limit: int | None) -> int | None:
    """A limit on the number of rows; None is none."""
    if limit is None or (isinstance(limit, int) and not isinstance(limit, bool) and 0 <= limit <= MOST_ROWS):
        return limit
    raise InvalidArgument(f"a limit is a number of rows, or None for all of them, not {shown(limit)}")


def several(contents: Iterable[Any]) -> Iterable[Any]:
    """What is handed in together, which one mapping or a text by itself is not."""
    if isinstance(contents, Iterable) and not isinstance(contents, Mapping | str | bytes):
        return contents
    raise InvalidArgument(f"several are handed in as a list, also where it is one: [event], not {shown(contents)}")


def sessions_meant(
    customer: CustomerName | None, since: Moment | None, until: Moment | None, open_only: bool = False
) -> SessionFilter:
    """Which sessions are meant; what is left open is not asked about."""
    return SessionFilter(
        None if customer is None else customer_named(customer), moment_if_any(since), moment_if_any(until), open_only
    )


def profiles_meant(
    attributes: Mapping[str, Any] | None, counts: Mapping[str, Any] | None, since: Moment | None, until: Moment | None
) -> ProfileFilter:
    """Which customers are meant; what is left open is not asked about."""
    return ProfileFilter(
        read_conditions({} if attributes is None else attributes, "attributes"),
        read_counts({} if counts is None else counts),
        moment_if_any(since),
        moment_if_any(until),
    )


def events_meant(actions: Iterable[str] | None, customer: CustomerName | None) -> EventFilter:
    """Which events are meant; one action may be written as it is."""
    named = None if actions is None else frozenset([actions] if isinstance(actions, str) else actions)
    try:
        chosen = None if named is None else frozenset(map(check_name, named))
    except (Rejected, TypeError) as refused:
        raise InvalidArgument(str(refused)) from None
    return EventFilter(chosen, None if customer is None else customer_named(customer))
