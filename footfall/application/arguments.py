"""Arguments as callers write them, checked, with errors that say what they must be."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..domain import moments
from ..domain.errors import FootfallError, Reason, Rejected, shown

CustomerName = UUID | str
Moment = datetime | str | int
"""A `datetime` (UTC where it has no offset), ISO 8601 text, or epoch milliseconds."""


class InvalidArgument(FootfallError):
    """An argument is not what it must be; the message says what it must be."""


def customer_named(name: CustomerName) -> UUID:
    """The customer's uuid."""
    try:
        return name if isinstance(name, UUID) else UUID(name)
    except (ValueError, AttributeError, TypeError):
        raise InvalidArgument(f"a customer is named by a UUID, not {shown(name)}") from None


def moment_of(moment: Moment) -> int:
    """The moment in µs since the epoch, UTC."""
    try:
        return moments.parse(moment)
    except Rejected as refused:
        raise InvalidArgument(refused.detail) from None


def reason_named(name: str) -> Reason:
    """The reason for a rejection."""
    try:
        return Reason(name)
    except ValueError:
        raise InvalidArgument(f"there is no reason {name!r}; there are {', '.join(Reason)}") from None


def at_most(limit: int | None) -> int | None:
    """A limit on the number of rows; None is none."""
    if limit is not None and limit < 0:
        raise InvalidArgument(f"a limit is a number of rows, or None for all of them, not {limit}")
    return limit
